// The look is put on at once, on the page as it is: what is typed there stays.
"use strict";
document.addEventListener("htmx:afterRequest", (event) => {
  const { elt, successful, requestConfig } = event.detail;
  if (!successful || !elt.matches("[data-look]")) return;
  const look = requestConfig.parameters.theme, fixed = look === "auto" ? "" : look;
  if (fixed) document.documentElement.dataset.bsTheme = fixed; else delete document.documentElement.dataset.bsTheme;
  document.querySelector("meta[name=color-scheme]").content = fixed || "light dark";
  for (const button of document.querySelectorAll("[data-look] button")) button.setAttribute("aria-pressed", String(button.value === look));
});
