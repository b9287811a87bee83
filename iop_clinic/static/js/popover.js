/* Popovers are details elements: another click or Esc closes them and gives the focus back. */
(() => {
  "use strict";
  const open = () => document.querySelectorAll("details[data-popover][open]");
  document.addEventListener("click", (event) => {
    for (const popover of open()) if (!popover.contains(event.target)) popover.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const popover of open()) {
      popover.open = false;
      popover.querySelector("summary")?.focus();
    }
  });
})();
