/* Copy buttons: data-copy names the field whose text they take; without a clipboard the text is selected. */
(() => {
  "use strict";
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    const field = button && document.getElementById(button.dataset.copy);
    if (!field) return;
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      return;
    }
    button.querySelector("[data-said]").textContent = "Copied";
  });
})();
