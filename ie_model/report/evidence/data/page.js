"use strict";
(() => {
  const root = document.documentElement;
  const all = (selector, from = document) => Array.from(from.querySelectorAll(selector));
  const byId = (id) => document.getElementById(id);
  const digits = new Intl.NumberFormat(root.lang === "fa" ? "fa-IR" : "en");
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const wide = matchMedia("(min-width: 62rem)");
  const main = byId("main"), status = byId("shown"), form = document.querySelector(".filters");
  const sections = all("main > section"), articles = sections.filter((one) => one.id !== "totals");
  const entries = new Map(all(".list li").map((one) => [one.firstElementChild.hash.slice(1), one]));
  const cards = all(".r");
  let current = null, lit = null, last = null;

  root.classList.add("js");
  form.hidden = document.querySelector(".steps").hidden = false;
  const fold = document.querySelector(".fold");
  const unfold = () => { if (wide.matches) fold.open = true; };
  unfold();
  wide.addEventListener("change", unfold);

  // --- which article is shown

  const show = (section) => {
    if (section === current) return;
    unlight();
    current = section;
    for (const one of sections) one.hidden = one !== section;
    for (const link of all("[aria-current=true]")) link.removeAttribute("aria-current");
    if (!section) return;
    for (const link of all(`.list a[href="#${section.id}"], .to-totals[href="#${section.id}"]`)) {
      link.setAttribute("aria-current", "true");
      const list = link.closest(wide.matches ? ".list" : ".list ol");
      if (list) within(list, link);
    }
    for (const pane of all(".t, .cards", section)) pane.scrollTop = 0;
  };

  // Scrolls a pane and nothing around it, so that what the pointer is on stays where it is.
  const within = (pane, target, always = false) => {
    const box = pane.getBoundingClientRect(), mine = target.getBoundingClientRect();
    if (!always && mine.top >= box.top && mine.bottom <= box.bottom) return;
    const top = pane.scrollTop + mine.top - box.top - (box.height - mine.height) / 3;
    pane.scrollTo({ top, behavior: still.matches ? "auto" : "smooth" });
  };

  // --- a record and its mentions

  const marksOf = (card) => all("a[href*=m]", card).flatMap((link) => piecesOf(link.hash.slice(1)));
  const piecesOf = (id) => {
    const first = byId(id);
    return first && first.tagName === "MARK" ? [first, ...all(`[data-of="${id}"]`)] : [];
  };

  const unlight = () => {
    for (const one of all(".on, .one")) one.classList.remove("on", "one");
    for (const one of all(".lit")) one.classList.remove("lit");
    if (CSS.highlights) CSS.highlights.clear();
    lit = null;
  };

  const light = (card) => {
    if (card === lit) return;
    unlight();
    lit = card;
    if (!card) return;
    card.classList.add("on");
    const pane = card.closest("section").querySelector(".t"), marks = marksOf(card);
    for (const mark of marks) mark.classList.add("on");
    pane.classList.add("lit");
    spans("ie-sentence", pane, card.dataset.s);
    spans("ie-context", pane, card.dataset.e);
    const first = marks.reduce((one, other) => (one && precedes(one, other) ? one : other), null);
    if (first && !marks.some((mark) => inView(pane, mark))) within(pane, first);
  };

  const precedes = (one, other) => one.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING;
  const inView = (pane, mark) => {
    const box = pane.getBoundingClientRect(), mine = mark.getBoundingClientRect();
    return mine.top >= box.top && mine.bottom <= box.bottom;
  };

  // Paints spans of code points of the article. A character that is shown by its number is one too; marks that
  // are lit keep their own colour.
  const spans = (name, pane, written) => {
    if (!written || !CSS.highlights) return;
    const wanted = written.split(" ").map((pair) => pair.split("-").map(Number));
    const walker = document.createTreeWalker(pane, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
    const ranges = [];
    let position = 0, node;
    while ((node = walker.nextNode())) {
      if (node.nodeType === Node.ELEMENT_NODE) {
        if (node.className === "x") position += 1;
        continue;
      }
      const points = /[\ud800-\udbff]/.test(node.data) ? Array.from(node.data) : null;
      const length = points ? points.length : node.data.length;
      const unit = (at) => (points ? points.slice(0, at).join("").length : at);
      const bare = name === "ie-context" || !node.parentElement.closest("mark.on");
      for (const [start, end] of wanted) {
        const from = Math.max(0, start - position), to = Math.min(length, end - position);
        if (!bare || from >= to) continue;
        const range = new Range();
        range.setStart(node, unit(from));
        range.setEnd(node, unit(to));
        ranges.push(range);
      }
      position += length;
    }
    CSS.highlights.set(name, new Highlight(...ranges));
  };

  // --- links: to an article, a record or a mention

  const go = (hash) => {
    const target = byId(hash.slice(1));
    if (!target || !main.contains(target)) return false;
    show(target.closest("section"));
    if (target.tagName === "MARK") return reach(target);
    if (target.classList.contains("r")) {
      target.querySelector("h3 a").focus({ preventScroll: true });
      light(target);
      if (wide.matches) within(target.closest(".cards"), target);
      return true;
    }
    target.querySelector("h2").focus({ preventScroll: wide.matches });
    return true;
  };

  const reach = (mark) => {
    const link = document.activeElement;
    if (link && link.closest(".r")) {
      last = link;
      light(link.closest(".r"));
    }
    for (const one of all(".one")) one.classList.remove("one");
    for (const piece of piecesOf(mark.id)) piece.classList.add("on", "one");
    mark.tabIndex = -1;
    mark.focus({ preventScroll: true });
    within(mark.closest(".t"), mark);
    return true;
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']"), mark = event.target.closest(".t mark");
    if (link && link.hash !== "#main" && go(link.hash)) {
      event.preventDefault();
      history.pushState(null, "", link.hash);
    } else if (mark) {
      const id = mark.dataset.of || mark.id;
      const home = all(`.r:not([hidden]) a[href="#${id}"]`, mark.closest("section"))[0];
      if (home) go("#" + home.closest(".r").id);
    } else if (event.target.closest(".r") && !getSelection().toString()) {
      go("#" + event.target.closest(".r").id);
    } else if (event.target.dataset.filter) {
      form.reset();
      byId("f-" + event.target.dataset.filter).value = event.target.dataset.value;
      apply(true);
    }
  });
  addEventListener("popstate", () => go(location.hash));

  main.addEventListener("focusin", (event) => {
    const card = event.target.closest(".r");
    if (card) light(card);
    else if (event.target.tagName !== "MARK") light(null);
  });
  const focused = () => (document.activeElement ? document.activeElement.closest(".r") : null);
  main.addEventListener("pointerover", (event) => {
    if (event.pointerType === "touch") return;
    const card = event.target.closest(".r");
    if (card) light(card);
    else if (lit && !event.target.closest(".t") && lit !== focused()) light(focused());
  });
  main.addEventListener("pointerleave", () => { if (lit && lit !== focused()) light(focused()); });

  // --- keys: arrows between records and between articles, Escape back from a mention

  const steps = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity };
  const move = (event, items, place) => {
    const next = items[Math.min(items.length - 1, Math.max(0, place + steps[event.key]))];
    if (next) next.focus({ preventScroll: true });
    event.preventDefault();
    return next;
  };
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const card = event.target.closest(".r"), line = event.target.closest(".list a");
    if (event.key === "Escape" && event.target.tagName === "MARK" && last) last.focus({ preventScroll: true });
    if (!(event.key in steps)) return;
    if (card) {
      const shown = all(".r:not([hidden])", card.closest("ol"));
      const next = move(event, shown.map((one) => one.querySelector("h3 a")), shown.indexOf(card));
      if (wide.matches) within(next.closest(".cards"), next.closest(".r"));
      else next.scrollIntoView({ block: "center" });
    } else if (line) {
      const shown = all(".list li:not(.out) > a");
      within(line.closest(wide.matches ? ".list" : ".list ol"), move(event, shown, shown.indexOf(line)));
    }
  });

  const step = (by) => {
    const left = articles.filter((one) => !one.classList.contains("out"));
    const next = left[left.indexOf(current) + by] || left[by > 0 ? 0 : left.length - 1];
    if (next) show(next);
  };
  byId("previous").addEventListener("click", () => step(-1));
  byId("next").addEventListener("click", () => step(1));

  // --- filters

  const kinds = ["ul > .A", "ul > .T", "ul > .P", "dd > .I"];
  const apply = (leave = false) => {
    const value = (name) => byId("f-" + name).value;
    const label = value("label"), institution = value("institution"), province = value("province");
    const least = Number(value("confidence")), failed = byId("f-failed").checked;
    const active = label !== "" || institution !== "" || province !== "" || least > 0 || failed;
    form.querySelector("output").textContent = digits.format(least) + (root.lang === "fa" ? "٪" : "%");
    for (const card of cards) {
      const data = card.dataset;
      card.hidden = (least > 0 && !(Number(data.c) >= least)) || (failed && !card.classList.contains("f")) ||
        (province !== "" && data.p !== province) ||
        (institution !== "" && !(data.i || "").split(" ").includes(institution)) ||
        (label !== "" && !card.querySelector(kinds[label]));
    }
    let records = 0, count = 0;
    for (const section of articles) {
      const left = all(".r:not([hidden])", section);
      const out = active && !left.length;
      section.classList.toggle("out", out);
      entries.get(section.id).classList.toggle("out", out);
      records += left.length;
      count += out ? 0 : 1;
      const kept = new Set(active ? left.flatMap((card) => all("a[href*=m]", card).map((link) => link.hash.slice(1))) : []);
      for (const mark of all(".t mark", section)) {
        mark.classList.toggle("off", active && !kept.has(mark.dataset.of || mark.id));
      }
    }
    const says = count ? status.dataset.shown : status.dataset.none;
    status.textContent = says.replace("{r}", digits.format(records)).replace("{a}", digits.format(count));
    if (lit && lit.hidden) unlight();
    const gone = !current || current.classList.contains("out");
    if (gone || (leave && current.id === "totals")) show(articles.find((one) => !one.classList.contains("out")) || null);
  };
  form.addEventListener("input", () => apply());
  form.addEventListener("reset", () => setTimeout(apply));
  form.addEventListener("submit", (event) => event.preventDefault());

  apply();
  if (location.hash.length > 1) go(location.hash);
})();
