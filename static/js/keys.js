// Keys: an element with data-key="c" or "g i" is clicked (a field is focused) when they are pressed; j, k, x move in lists.
"use strict";
(() => {
  const sheet = document.getElementById("keys");
  const on = () => localStorage.getItem("belfry-keys") !== "off";
  const rows = () => [...document.querySelectorAll("[data-row-link]")].filter((link) => link.offsetParent);
  let before = "";

  function move(step) {
    const all = rows(), at = all.indexOf(document.activeElement?.closest("[data-row], li, tr")?.querySelector("[data-row-link]"));
    const next = all[Math.min(Math.max(at + step, 0), all.length - 1)];
    next?.focus();
    next?.scrollIntoView({ block: "nearest" });
  }

  function pick() {
    document.activeElement?.closest("[data-row], li, tr")?.querySelector("input[type=checkbox]")?.click();
  }

  function press(keys) {
    const target = [...document.querySelectorAll("[data-key]")].find((one) => one.dataset.key === keys && one.offsetParent);
    if (!target) return false;
    if (target.matches("input:not([type=checkbox]), textarea, select")) target.focus();
    else target.click();
    return true;
  }

  function meaning(one) {
    const words = one.querySelector("span:not(.count)")?.textContent || one.textContent.trim();
    return one.dataset.keyLabel || one.getAttribute("aria-label") || words || one.placeholder;
  }

  function open() {
    const list = sheet.querySelector("[data-keys-list]"), { move, open, pick, help } = list.dataset;
    const known = [...document.querySelectorAll("[data-key]")].filter((one) => one.offsetParent).map((one) => [one.dataset.key, meaning(one)]);
    const inLists = rows().length ? [["j  k", move], ["Enter", open]] : [];
    if (document.querySelector("[data-row] input[type=checkbox]")) inLists.push(["x", pick]);
    list.replaceChildren(...[...inLists, ...known, ["?", help]].flatMap(([keys, words]) => {
      const term = document.createElement("dt"), says = document.createElement("dd");
      for (const key of keys.split(/\s+/)) term.append(Object.assign(document.createElement("kbd"), { textContent: key }), " ");
      says.textContent = words;
      return [term, says];
    }));
    sheet.querySelector("[data-keys-on]").checked = on();
    sheet.showModal();
  }

  const MOVES = { j: () => move(1), k: () => move(-1), x: pick, "?": open };

  document.addEventListener("keydown", (event) => {
    const busy = event.ctrlKey || event.metaKey || event.altKey || event.isComposing || document.querySelector("dialog[open]");
    if (!on() || busy || event.target.matches("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]")) return;
    const pair = before && `${before} ${event.key}`;
    before = "";
    if ((pair && press(pair)) || press(event.key)) return event.preventDefault();
    if (MOVES[event.key]) { event.preventDefault(); MOVES[event.key](); return; }
    if (document.querySelector(`[data-key^="${CSS.escape(event.key)} "]`)) {
      before = event.key;
      setTimeout(() => { before = ""; }, 1500);
    }
  });
  document.addEventListener("click", (event) => { if (sheet && event.target.closest("[data-keys-open]")) open(); });
  sheet?.querySelector("[data-keys-on]").addEventListener("change", (event) => localStorage.setItem("belfry-keys", event.target.checked ? "on" : "off"));
})();
