// The places of the page: which one is shown, by the rail and by what was open last. Other scripts are told by an event.
(() => {
  "use strict";
  const root = document.documentElement;
  const byId = (id) => document.getElementById(id);
  const columns = { prepare: "zj-work", library: "zj-library", scores: "zj-scores" };
  const links = { prepare: "#main", library: "#library", scores: "#scores" };
  const known = (place) => (Object.hasOwn(columns, place ?? "") && byId(columns[place]) ? place : "prepare");

  const stored = (area) => { try { return area().getItem("zj-place"); } catch { return null; } };
  const keep = (place) => {
    for (const area of [() => window.sessionStorage, () => window.localStorage]) {
      try { area().setItem("zj-place", place); } catch { /* the page works without it */ }
    }
  };
  const place = () => root.dataset.place ?? "prepare";
  window.zj.place = place;
  const show = (wanted, { focus = false } = {}) => {
    if (wanted !== place()) window.zj.closePanel();
    root.dataset.place = wanted;
    keep(wanted);
    for (const entry of document.querySelectorAll("#zj-rail nav a")) {
      if (entry.getAttribute("href") === links[wanted]) entry.setAttribute("aria-current", "page");
      else entry.removeAttribute("aria-current");
    }
    if (wanted === "prepare") requestAnimationFrame(window.zj.fit);
    if (wanted === "scores") byId("zj-score")?.click();
    document.dispatchEvent(new CustomEvent("zj-place"));
    if (focus) (wanted === "prepare" ? document.querySelector("#zj-question textarea") : heading(wanted))?.focus({ preventScroll: wanted !== "prepare" });
  };
  const heading = (wanted) => document.querySelector(`#${columns[wanted]} h1`);
  window.zj.heading = () => (place() === "prepare" ? null : heading(place()));

  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    const space = target?.closest("#zj-rail nav a");
    if (space) {
      event.preventDefault();
      return show(known(Object.keys(links).find((name) => links[name] === space.getAttribute("href"))), { focus: true });
    }
    if (target?.closest('[data-act="new"]') && place() !== "prepare") show("prepare", { focus: true });
  });

  // Gradio renders after us: a place is shown once everything is there.
  let begun = false;
  const start = () => {
    const watch = new MutationObserver(() => {
      const awaited = document.querySelector('#zj-rail a[href="#library"]') ? "zj-library-act" : "zj-score";
      if (begun || !byId("zj-score") || !byId(awaited) || !document.querySelector("#zj-live")?.textContent.trim()) return;
      begun = true;
      watch.disconnect();
      const named = Object.keys(links).find((name) => name !== "prepare" && links[name] === location.hash);
      show(known(named ?? stored(() => window.sessionStorage) ?? stored(() => window.localStorage)));
    });
    watch.observe(document.body, { childList: true, subtree: true });
  };
  if (document.body) start(); else document.addEventListener("DOMContentLoaded", start);
})();
