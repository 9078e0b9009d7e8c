// The 资料库 place: the list's filter and pages, news of runs, what is dropped. Like page.js it
// writes no markup; everything it asks for goes through one hidden button.
(() => {
  "use strict";
  const root = document.documentElement;
  const byId = (id) => document.getElementById(id);
  const word = (name) => byId("zj-words")?.dataset[name] ?? "";
  const hasLibrary = () => byId("zj-library") !== null;
  const place = () => window.zj.place();

  // Asking the server: each click takes the oldest call, so that two at once do not become the same.
  const calls = [];
  window.zj.nextCall = () => calls.shift() ?? "";
  const send = (name, values = {}) => {
    const act = byId("zj-library-act");
    if (!act) return;
    calls.push(JSON.stringify({ tab: window.zj.tab, name, values }));
    act.click();
  };
  const view = { filter: "", state_choice: "", incomplete: false, page: 0 };
  const list = (changes = {}) => { Object.assign(view, { page: 0 }, changes); send("list", view); };
  const pages = {};
  let shownReport = 0;

  // News of runs: often while one works and is looked at, seldom else; nothing while the tab is hidden.
  const card = () => document.querySelector("#zj-jobs .jobs");
  const working = () => card()?.hasAttribute("data-working") ?? false;
  let asked = 0;
  const poll = () => {
    asked = Date.now();
    send("poll", { seen: card()?.dataset.revision ?? "", newest: Number(card()?.dataset.newest ?? 0) });
  };
  setInterval(() => {
    if (document.hidden || !hasLibrary() || !byId("zj-library-act")) return;
    const pause = working() ? (place() === "library" ? 900 : 4000) : (place() === "library" ? 5000 : 60000);
    if (Date.now() - asked >= pause) poll();
  }, 300);
  document.addEventListener("visibilitychange", () => { if (!document.hidden && hasLibrary()) poll(); });

  // What the reader folded stays folded while the server's words change.
  const folded = new Map();
  const unfold = () => {
    for (const details of document.querySelectorAll("#zj-library details[data-key]")) {
      const wanted = folded.get(details.dataset.key) ?? details.hasAttribute("data-unfolded");
      if (details.open !== wanted) details.open = wanted;
    }
  };

  // On a small screen a run that begins lies below the form that asked for it.
  let begunAt = null;
  window.zj.begin = () => { begunAt = card()?.dataset.revision ?? ""; return window.zj.tab; };
  const showCard = () => {
    const jobs = byId("zj-jobs");
    if (jobs.getBoundingClientRect().bottom + 160 > window.innerHeight) jobs.scrollIntoView({ block: "start" });
  };
  let wasWorking = false;
  const changed = () => {
    root.toggleAttribute("data-ingesting", working());
    unfold();
    // Gradio's own name of the box is English, whatever the page speaks.
    const box = document.querySelector("#zj-files > button");
    if (box && box.getAttribute("aria-label") !== word("drop")) box.setAttribute("aria-label", word("drop"));
    const said = document.querySelector("#zj-files .uploading");
    if (said && said.dataset.say !== word("sending")) said.dataset.say = word("sending");
    const newest = Number(card()?.dataset.newest ?? 0);
    if (newest !== shownReport) {
      shownReport = newest;
      for (const part of Object.keys(pages)) delete pages[part];
      if (wasWorking || newest) {
        if (place() === "library") send("list", view);
        // The first screen of 备课 says whether there is anything to ask about.
        if (document.querySelector("#zj-live .first") && !root.hasAttribute("data-busy")) byId("zj-refresh")?.click();
      }
    }
    if (begunAt !== null && working() && card().dataset.revision !== begunAt) { begunAt = null; showCard(); }
    wasWorking = working();
    root.toggleAttribute("data-library-empty", document.querySelector("#zj-list [data-empty]") !== null);
  };

  let typing = 0;
  document.addEventListener("input", (event) => {
    if (event.target.id !== "zj-filter") return;
    clearTimeout(typing);
    const filter = event.target.value;
    typing = setTimeout(() => { if (!event.isComposing) list({ filter }); }, 250);
  });
  document.addEventListener("compositionend", (event) => {
    if (event.target.id === "zj-filter") list({ filter: event.target.value });
  });

  const toTop = (element) => element?.scrollIntoView({ block: "start" });
  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    const at = (selector) => target?.closest(selector);
    const details = at("#zj-library summary")?.parentElement;
    if (details) { folded.set(details.dataset.key, !details.open); return; }
    const data = at("button")?.dataset;
    if (data?.forget) return send("forget", { file: Number(data.forget) });
    if (data?.stop) return send("stop", { job: Number(data.stop) });
    if (data?.report) { for (const part of Object.keys(pages)) delete pages[part]; return send("report", { job: Number(data.report) }); }
    if (data?.part) {
      pages[data.part] = Number(data.page);
      send("report", { job: Number(at(".report").dataset.job), pages });
      return toTop(at("details"));
    }
    if (data?.stateChoice) return list({ state_choice: data.stateChoice === "all" ? "" : data.stateChoice });
    if (data && "incomplete" in data) return list({ incomplete: at("button").getAttribute("aria-pressed") !== "true" });
    if (data && "turn" in data) { list({ page: Number(data.page) }); return toTop(byId("zj-list-head")); }
    if (data?.step) return send("state", { ...view, key: data.key, state: data.step, why: byId("zj-why")?.value ?? "" });
    // A click anywhere in a row is a click on its title, unless words are being selected.
    if (at("[data-row]") && !at("button") && !String(window.getSelection())) at("[data-row]").querySelector("button").click();
  });

  // Files: what cannot be sent is said before it is sent.
  const tell = (text) => {
    const note = byId("zj-refused");
    if (note) { note.textContent = text; note.hidden = !text; }
  };
  const refuse = (event, text) => { event.preventDefault(); event.stopImmediatePropagation(); tell(text); };
  const tooLarge = (files) => {
    const limit = Number(word("limit")) * 1048576;
    const large = [...files].find((file) => file.size > limit);
    return large && word("large").replace("{name}", large.name).replace("{size}", String(Math.round(large.size / 1048576)));
  };
  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element) || !event.target.closest("#zj-go")) return;
    tell("");
    if (document.querySelector("#zj-files .uploading")) refuse(event, word("unsent"));
  }, true);
  document.addEventListener("drop", (event) => {
    if (!(event.target instanceof Element) || !event.target.closest("#zj-files")) {
      if (hasLibrary()) event.preventDefault();  // a file dropped beside the box must not replace the page
      return;
    }
    tell("");
    const items = [...(event.dataTransfer?.items ?? [])];
    if (items.some((item) => item.webkitGetAsEntry?.()?.isDirectory)) return refuse(event, word("folder"));
    const large = tooLarge(event.dataTransfer?.files ?? []);
    if (large) refuse(event, large);
  }, true);
  document.addEventListener("dragover", (event) => { if (hasLibrary()) event.preventDefault(); });
  document.addEventListener("change", (event) => {
    if (!(event.target instanceof HTMLInputElement) || event.target.type !== "file") return;
    tell("");
    const large = tooLarge(event.target.files ?? []);
    if (large) { refuse(event, large); event.target.value = ""; }
  }, true);

  document.addEventListener("zj-place", () => {
    if (!hasLibrary()) return;
    if (place() === "library") list();
    poll();
  });

  // Gradio renders after us: watch what it puts in.
  const start = () => {
    new MutationObserver(() => { if (hasLibrary()) changed(); }).observe(document.body, { childList: true, subtree: true, attributes: true,
      attributeFilter: ["data-revision", "data-working", "data-job", "open"] });
  };
  if (document.body) start(); else document.addEventListener("DOMContentLoaded", start);
})();
