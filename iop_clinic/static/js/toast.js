/* Toasts leave after 6 seconds, 10 when they offer something; resting on one keeps it. */
(() => {
  "use strict";
  const region = document.getElementById("toasts");
  if (!region) return;
  const SHORT = 6000;
  const LONG = 10000;

  function watch(toast) {
    const stay = toast.querySelector("a, button") ? LONG : SHORT;
    let timer = setTimeout(() => toast.remove(), stay);
    const hold = () => clearTimeout(timer);
    const release = () => { hold(); timer = setTimeout(() => toast.remove(), stay); };
    toast.addEventListener("pointerenter", hold);
    toast.addEventListener("pointerleave", release);
    toast.addEventListener("focusin", hold);
    toast.addEventListener("focusout", release);
  }
  new MutationObserver((changes) => {
    for (const change of changes) for (const node of change.addedNodes) if (node.nodeType === 1) watch(node);
  }).observe(region, { childList: true });
  for (const toast of region.children) watch(toast);
})();
