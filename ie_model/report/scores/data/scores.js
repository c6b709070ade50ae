"use strict";
(() => {
  const form = document.querySelector(".filters");
  if (!form) return;
  const errors = [...document.querySelectorAll(".e")];
  const field = (name) => document.getElementById("f-" + name);
  const kind = field("kind"), label = field("label"), article = field("article"), words = field("words");
  const status = document.getElementById("shown");
  // Arabic keyboards, digits and half spaces: what looks alike is found alike.
  const folded = (text) => text
    .replace(/[\u200c\u200d\u200e\u200f\u0640]/g, "").replace(/[يى]/g, "ی").replace(/ك/g, "ک")
    .replace(/[۰-۹]/g, (digit) => String.fromCharCode(digit.charCodeAt(0) - 0x06c0))
    .replace(/[٠-٩]/g, (digit) => String.fromCharCode(digit.charCodeAt(0) - 0x0630))
    .replace(/\s+/g, " ").toLowerCase();
  const texts = new Map();
  const textOf = (error) => {
    if (!texts.has(error)) {
      const copy = error.querySelector(".sides").cloneNode(true);
      copy.querySelectorAll("sub, h4").forEach((part) => part.remove());
      texts.set(error, folded(copy.textContent));
    }
    return texts.get(error);
  };
  const wanted = (error) =>
    (!kind.value || error.dataset.kind === kind.value) &&
    (!label.value || error.dataset.labels.split("\n").includes(label.value)) &&
    (!article.value || error.dataset.article === article.value) &&
    (!words.value.trim() || textOf(error).includes(folded(words.value.trim())));
  const update = () => {
    let count = 0;
    for (const error of errors) {
      error.hidden = !wanted(error);
      if (!error.hidden) count += 1;
    }
    status.textContent = count + " of " + status.dataset.total + " mistakes";
  };
  const go = (error) => {
    error.focus({ preventScroll: true });
    error.scrollIntoView({ block: "start" });
  };
  const step = (by) => {
    const shown = errors.filter((error) => !error.hidden);
    if (!shown.length) return;
    const at = shown.indexOf(document.activeElement.closest(".e"));
    if (at >= 0) return go(shown[Math.min(shown.length - 1, Math.max(0, at + by))]);
    // From where the reader is: the first mistake that ends below the filters.
    const top = form.getBoundingClientRect().bottom;
    const next = shown.findIndex((error) => error.getBoundingClientRect().bottom > top);
    go(shown[next < 0 ? shown.length - 1 : next]);
  };
  form.hidden = false;
  form.addEventListener("input", update);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(update));
  for (const button of document.querySelectorAll(".counts button")) {
    button.addEventListener("click", () => {
      form.reset();
      kind.value = button.dataset.kind;
      label.value = button.dataset.label || "";
      update();
      form.scrollIntoView({ block: "start" });
      step(1);
    });
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.target.closest("input, select, textarea")) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    const within = event.target.closest(".e");
    if (event.key === "j" || (event.key === "ArrowDown" && within)) step(1);
    else if (event.key === "k" || (event.key === "ArrowUp" && within)) step(-1);
    else if (event.key === "/") words.focus();
    else return;
    event.preventDefault();
  });
  update();
})();
