// The page's own script: sends clicks to hidden buttons, keeps what the reader opened open, keys, panel, theme, copy.
// It never writes markup: text goes in as text, markup comes from the server's renderers only.
(() => {
  "use strict";
  const root = document.documentElement;
  const byId = (id) => document.getElementById(id);
  const word = (name) => byId("zj-words")?.dataset[name] ?? "";

  const stored = (area, key) => {
    try { return area().getItem(key); } catch { return null; }  // storage may be switched off
  };
  const store = (area, key, value) => {
    try { area().setItem(key, value); } catch { /* the page works without it */ }
  };
  const local = () => window.localStorage;
  const session = () => window.sessionStorage;

  // This tab's name: a reload keeps the conversation, another tab has its own.
  const random = () => [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");
  const tab = stored(session, "zj-tab") || random();
  store(session, "zj-tab", tab);
  window.zj = { tab };

  // Gradio takes its few built-in sentences from the browser's language; they follow the page's instead.
  Object.defineProperty(navigator, "language", { get: () => root.lang });
  Object.defineProperty(navigator, "languages", { get: () => [root.lang] });

  // Theme
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const paint = () => {
    const wanted = stored(local, "zj-theme") || (dark.matches ? "dark" : "light");
    root.dataset.theme = wanted;
    document.body?.classList.toggle("dark", wanted === "dark");
  };
  paint();
  dark.addEventListener("change", paint);

  const send = (button, name, argument) => {
    window.__cite = JSON.stringify({ tab, name, argument: String(argument ?? "") });
    byId(button)?.click();
  };

  // Panel
  let opener = null;
  let openerReference = "";
  const narrow = () => window.matchMedia("(max-width: 767px)").matches;
  // Sources that were opened and are not what they were, by what opened them, with a word for it.
  const stale = new Map();
  const markOpener = () => {
    for (const button of document.querySelectorAll("[data-open]")) {
      const said = stale.get(button.dataset.open) ?? "";
      if ((button.dataset.stale ?? "") !== said) {
        button.dataset.stale = said;
        button.setAttribute("aria-description", said);
      }
      const on = root.dataset.panel === "open" && button.dataset.open === openerReference;
      if (button.getAttribute("aria-expanded") !== String(on)) button.setAttribute("aria-expanded", String(on));
    }
  };
  const closePanel = () => {
    if (root.dataset.panel !== "open") return;
    delete root.dataset.panel;
    const back = opener?.isConnected ? opener : document.querySelector(`[data-open="${CSS.escape(openerReference)}"]`);
    openerReference = "";
    markOpener();
    (back || window.zj.heading() || question())?.focus({ preventScroll: true });
  };
  window.zj.closePanel = closePanel;
  const openPanel = (button) => {
    opener = button;
    openerReference = button.dataset.open;
    root.dataset.panelLoading = "";
    setTimeout(() => { delete root.dataset.panelLoading; }, 3000);  // an old button may open nothing
    send("zj-open", "open", openerReference);
  };
  const panelWidth = (pixels) => {
    const width = Math.min(Math.max(pixels, 320), window.innerWidth * 0.6);
    root.style.setProperty("--zj-panel", `${Math.round(width)}px`);
    store(local, "zj-panel", String(Math.round(width)));
  };
  const kept = Number(stored(local, "zj-panel"));
  if (kept >= 320 && kept <= window.innerWidth * 0.6) panelWidth(kept);

  let shownSerial = "";
  const panelChanged = () => {
    const evidence = document.querySelector("#zj-panel .evidence");
    if (!evidence) return;
    delete root.dataset.panelLoading;
    const mark = evidence.querySelector("mark");
    if (evidence.dataset.serial === shownSerial) return;
    shownSerial = evidence.dataset.serial;
    root.dataset.panel = "open";
    stale.set(openerReference, evidence.dataset.stale ?? "");
    markOpener();
    if (narrow()) { evidence.setAttribute("role", "dialog"); evidence.setAttribute("aria-modal", "true"); }
    else { evidence.removeAttribute("role"); evidence.removeAttribute("aria-modal"); }
    evidence.querySelector("header").focus({ preventScroll: true });
    // Twice: blocks off screen get their real height only when they come near.
    const show = () => mark ? mark.scrollIntoView({ block: "center" }) : evidence.querySelector(".paper").scrollTo(0, 0);
    show();
    requestAnimationFrame(() => requestAnimationFrame(show));
  };

  // Conversation
  const question = () => document.querySelector("#zj-question textarea");
  // Gradio measures the box before our style sheet has its say, so the height is ours: one line to six.
  const fit = () => {
    const area = question();
    if (!area?.offsetParent) return;  // in a place that is not shown it has no height
    area.style.setProperty("height", "0", "important");
    area.style.setProperty("height", `${Math.min(area.scrollHeight, 168)}px`, "important");
    area.style.overflowY = area.scrollHeight > 168 ? "auto" : "hidden";
  };
  window.zj.fit = fit;
  document.addEventListener("input", (event) => { if (event.target === question()) fit(); });
  window.addEventListener("resize", () => fit());
  const openDetails = new Map();
  const seenLegend = stored(local, "zj-legend") === "1";
  let busy = false;
  const scroller = () => byId("zj-scroll");
  let follow = true;
  const conversationChanged = () => {
    const live = byId("zj-live");
    if (!live) return;
    if (live.firstElementChild?.textContent?.trim()) root.dataset.shown = "";
    const running = live.querySelector('.turn[aria-busy="true"]') !== null;
    root.toggleAttribute("data-first", live.querySelector(".first") !== null);
    root.toggleAttribute("data-busy", running);
    for (const details of document.querySelectorAll("#zj-work details[data-key]")) {
      const key = details.dataset.key;
      // The legend is explained once, under the first answer this browser shows.
      if (!openDetails.has(key) && key.startsWith("legend-") && !running) {
        openDetails.set(key, !seenLegend && stored(local, "zj-legend") !== "1");
        store(local, "zj-legend", "1");
      }
      const wanted = openDetails.get(key) === true;
      if (details.open !== wanted) details.open = wanted;
    }
    if (running && !busy) follow = true;
    // At the end only as far as the buttons: the legend below them must not push the answer away.
    if (!running && busy && follow) live.querySelector(".actions > :first-child")?.scrollIntoView({ block: "nearest" });
    if (running && follow) scroller()?.scrollTo({ top: scroller().scrollHeight });
    requestAnimationFrame(fit);
    const typing = window.matchMedia("(hover: hover)").matches;  // on a phone a focus would raise the keyboard
    if (!running && busy && typing && document.activeElement === document.body) question()?.focus({ preventScroll: true });
    busy = running;
    markOpener();
  };

  const copy = async (button) => {
    const text = document.querySelector(`[data-copy-text="${CSS.escape(button.dataset.copy)}"]`)?.textContent ?? "";
    const done = await writeClipboard(text);
    const label = button.dataset.label || button.textContent;
    button.dataset.label = label;
    button.textContent = done ? word("copied") : word("copyFailed");
    setTimeout(() => { if (button.isConnected) button.textContent = label; }, 2000);
  };
  const writeClipboard = async (text) => {
    try { await navigator.clipboard.writeText(text); return true; } catch { /* not allowed on plain http in a network */ }
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "sr";
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  };

  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    const at = (selector) => target?.closest(selector);
    if (at("[data-open]")) return openPanel(at("[data-open]"));
    if (at("[data-panel-close]")) return closePanel();
    if (at("[data-copy]")) return void copy(at("[data-copy]"));
    if (at("[data-theme-toggle]")) {
      store(local, "zj-theme", root.dataset.theme === "dark" ? "light" : "dark");
      return paint();
    }
    if (at('a[href="#main"]')) { event.preventDefault(); return question()?.focus(); }
    // Noted before the browser opens or closes it: the server's next words would otherwise close it again.
    const details = at("summary")?.parentElement;
    if (details?.dataset.key) { openDetails.set(details.dataset.key, !details.open); return; }
    const act = at("[data-act]");
    if (act) {
      const name = act.dataset.act;
      if (["full", "earlier", "later"].includes(name)) return send("zj-open", name, "");
      if (name === "new") closePanel();
      send("zj-act", name, act.dataset.arg);
      if (name === "rephrase" || name === "new") { question()?.focus(); setTimeout(fit, 400); }
      return;
    }
    if (root.dataset.panel === "open" && narrow() && !at("#zj-panel") && !at("button")) closePanel();
  });

  // Keys. An Enter that ends the composing of Chinese characters must not send; some browsers report it just after.
  let composedAt = 0;
  document.addEventListener("compositionend", () => { composedAt = performance.now(); }, true);
  const composing = (event) => event.isComposing || event.keyCode === 229 || performance.now() - composedAt < 50;
  for (const kind of ["keydown", "keypress", "keyup"]) {
    document.addEventListener(kind, (event) => {
      if (event.key === "Enter" && event.target === question() && (composing(event) || busy) && !event.shiftKey) {
        event.stopImmediatePropagation();
        if (!composing(event)) event.preventDefault();
      }
    }, true);
  }
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || composing(event)) return;
    if (root.dataset.panel === "open") closePanel();
    else if (busy && window.zj.place() === "prepare") byId("zj-stop")?.click();
  });
  document.addEventListener("keydown", (event) => {
    if (event.target instanceof Element && event.target.matches(".grip")) {
      const step = { ArrowLeft: 24, ArrowRight: -24 }[event.key];
      if (step) { event.preventDefault(); panelWidth(byId("zj-panel").offsetWidth + step); }
    }
    // On a phone the sheet is a dialog: Tab stays in it.
    if (event.key === "Tab" && root.dataset.panel === "open" && narrow()) {
      const stops = [...byId("zj-panel").querySelectorAll("button, input")].filter((stop) => stop.offsetParent);
      const edge = event.shiftKey ? stops[0] : stops[stops.length - 1];
      if (!byId("zj-panel").contains(document.activeElement) || document.activeElement === edge) {
        event.preventDefault();
        (event.shiftKey ? stops[stops.length - 1] : stops[0])?.focus();
      }
    }
  });
  document.addEventListener("pointerdown", (event) => {
    const grip = event.target instanceof Element ? event.target.closest(".grip") : null;
    if (!grip) return;
    event.preventDefault();
    grip.setPointerCapture(event.pointerId);
    const move = (step) => panelWidth(window.innerWidth - step.clientX);
    grip.addEventListener("pointermove", move);
    grip.addEventListener("pointerup", () => grip.removeEventListener("pointermove", move), { once: true });
  });

  // Gradio renders after us: watch what it puts in.
  const start = () => {
    paint();
    new MutationObserver((records) => {
      const panel = byId("zj-panel");
      const inPanel = records.some((record) => panel?.contains(record.target));
      if (inPanel) panelChanged();
      conversationChanged();
      const area = question();
      if (area && !area.getAttribute("aria-label")) area.setAttribute("aria-label", word("ask"));
      const scroll = scroller();
      if (scroll && !scroll.dataset.watched) {
        scroll.dataset.watched = "";
        scroll.addEventListener("wheel", stay, { passive: true });
        scroll.addEventListener("touchmove", stay, { passive: true });
        scroll.addEventListener("scroll", stay, { passive: true });
      }
    }).observe(document.body, { childList: true, subtree: true, characterData: true, attributes: true,
      attributeFilter: ["aria-busy", "aria-expanded", "data-serial", "open"] });
  };
  // The page follows the words only while the reader is at the end of them.
  const stay = () => {
    const scroll = scroller();
    follow = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 96;
  };
  if (document.body) start(); else document.addEventListener("DOMContentLoaded", start);
})();
