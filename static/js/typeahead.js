// Recipients: a field of usernames between commas becomes chips and a combobox (ARIA 1.2) with suggestions from the server.
"use strict";
(() => {
  const make = (tag, attributes = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  };
  const say = (words) => { document.getElementById("status").textContent = words; };

  function enhance(root) {
    const field = root.querySelector("input, textarea"), { typeahead: url, names: known, remove, added, removed, found } = root.dataset;
    const names = JSON.parse(known || "{}"), id = field.id;
    const chosen = () => field.value.split(/[\s,;]+/).filter(Boolean);
    const input = make("input", { type: "text", role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": `${id}-list`, autocomplete: "off", autocapitalize: "none", spellcheck: "false" });
    for (const name of ["aria-describedby", "aria-invalid", "placeholder"]) if (field.hasAttribute(name)) input.setAttribute(name, field.getAttribute(name));
    const box = make("div", { class: "people-box" }, input);
    const list = make("ul", { id: `${id}-list`, class: "people-list", role: "listbox", hidden: "", "aria-label": root.closest(".field")?.querySelector("label")?.textContent ?? "" });
    if (field.getAttribute("aria-invalid")) box.dataset.wrong = "";
    root.append(box, list);
    field.hidden = true;
    field.removeAttribute("id");
    input.id = id;
    let timer, asked = 0;

    function draw() {
      box.querySelectorAll(".people-chip").forEach((chip) => chip.remove());
      for (const username of chosen()) {
        const name = names[username] ?? username;
        const cross = make("button", { type: "button", "aria-label": remove.replace("{name}", name) }, "×");
        cross.addEventListener("click", () => { set(chosen().filter((one) => one !== username)); say(removed.replace("{name}", name)); input.focus(); });
        input.before(make("span", { class: "people-chip" }, make("span", { class: "clip" }, name), cross));
      }
    }
    function set(usernames) {
      field.value = [...new Set(usernames)].join(", ");
      draw();
      field.dispatchEvent(new Event("change", { bubbles: true }));
    }
    function add(option) {
      names[option.dataset.value] = option.dataset.name;
      input.value = "";
      close();
      set([...chosen(), option.dataset.value]);
      say(added.replace("{name}", option.dataset.name));
    }
    function takeTyped() {
      const typed = input.value.split(/[\s,;]+/).filter(Boolean);
      if (typed.length) { input.value = ""; close(); set([...chosen(), ...typed]); }
    }
    const options = () => [...list.querySelectorAll("[role=option]:not([aria-disabled])")];
    const current = () => options().find((one) => one.getAttribute("aria-selected") === "true");
    function mark(option) {
      options().forEach((one) => one.setAttribute("aria-selected", String(one === option)));
      if (option) { input.setAttribute("aria-activedescendant", option.id); option.scrollIntoView({ block: "nearest" }); } else input.removeAttribute("aria-activedescendant");
    }
    function close() {
      clearTimeout(timer);
      asked++; // what is still on its way comes too late
      list.hidden = true;
      input.setAttribute("aria-expanded", "false");
      mark(null);
    }
    async function suggest() {
      const query = input.value.trim(), ticket = ++asked;
      if (!query) return close();
      const answer = await fetch(`${url}${url.includes("?") ? "&" : "?"}q=${encodeURIComponent(query)}`, { headers: { "HX-Request": "true" } }).catch(() => null);
      const rows = answer?.ok ? await answer.text() : null;
      if (ticket !== asked || rows === null || document.activeElement !== input) return;
      list.innerHTML = rows;
      options().filter((one) => chosen().includes(one.dataset.value)).forEach((one) => one.remove());
      options().forEach((one, n) => { one.id = `${id}-option-${n}`; });
      list.hidden = !list.children.length;
      input.setAttribute("aria-expanded", String(!list.hidden));
      mark(options()[0]);
      say(found.replace("{n}", options().length));
    }

    input.addEventListener("input", () => {
      clearTimeout(timer);
      if (/[,;]/.test(input.value)) takeTyped(); else timer = setTimeout(suggest, 120);
    });
    input.addEventListener("keydown", (event) => {
      const all = options(), at = all.indexOf(current()), step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step && !list.hidden) { event.preventDefault(); mark(all[(at + step + all.length) % all.length]); }
      else if (step) suggest();
      else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) { event.preventDefault(); if (!list.hidden && current()) add(current()); else takeTyped(); }
      else if (event.key === "Tab" && !list.hidden && current()) add(current());
      else if (event.key === "Escape" && !list.hidden) { event.stopPropagation(); close(); }
      else if (event.key === "Backspace" && !input.value) set(chosen().slice(0, -1));
    });
    input.addEventListener("blur", () => setTimeout(() => { close(); takeTyped(); }, 150));
    field.form?.addEventListener("submit", takeTyped, true);
    list.addEventListener("mousedown", (event) => { event.preventDefault(); const option = event.target.closest("[role=option]:not([aria-disabled])"); if (option) add(option); });
    box.addEventListener("click", (event) => { if (event.target === box) input.focus(); });
    // Coming back to the page, a browser has filled in the field, at the latest now; the preview is told.
    window.addEventListener("pageshow", () => { if (field.value !== field.defaultValue) set(chosen()); });
    draw();
  }

  const enhanceAll = () => document.querySelectorAll("[data-typeahead]:not(:has(.people-box))").forEach(enhance);
  document.addEventListener("htmx:afterSettle", enhanceAll);
  enhanceAll();
})();
