/* A pad to sign on: data-signature holds an svg (data-signature-pad), a hidden field and a clear button.
   Strokes become "M12 34 15 36…": whole numbers in a box of 600 by 200. */
(() => {
  "use strict";
  const width = 600, height = 200, longest = 20000, step = 3;
  let stroke = null;

  const parts = (pad) => {
    const box = pad.closest("[data-signature]");
    return { field: box.querySelector("input"), ink: pad.querySelector(".signature-ink") };
  };

  function place(pad, event) {
    const box = pad.getBoundingClientRect();
    const within = (part, whole, most) => Math.min(most - 1, Math.max(0, Math.round((part / whole) * most)));
    return [within(event.clientX - box.left, box.width, width), within(event.clientY - box.top, box.height, height)];
  }

  function draw(pad, words) {
    const { field, ink } = parts(pad);
    if (field.value.length + words.length > longest) return;
    field.value += words;
    ink.setAttribute("d", field.value);
  }

  document.addEventListener("pointerdown", (event) => {
    const pad = event.target.closest("[data-signature-pad]");
    if (!pad || stroke || (event.pointerType === "mouse" && event.button !== 0)) return;
    event.preventDefault();
    const [x, y] = place(pad, event);
    stroke = { pad, x, y, id: event.pointerId };
    draw(pad, `M${x} ${y} ${x} ${y}`);
  });

  document.addEventListener("pointermove", (event) => {
    if (!stroke || event.pointerId !== stroke.id) return;
    event.preventDefault();
    const points = event.getCoalescedEvents?.() ?? [];
    for (const point of points.length ? points : [event]) {
      const [x, y] = place(stroke.pad, point);
      if (Math.hypot(x - stroke.x, y - stroke.y) < step) continue;
      [stroke.x, stroke.y] = [x, y];
      draw(stroke.pad, ` ${x} ${y}`);
    }
  });

  for (const name of ["pointerup", "pointercancel"]) {
    document.addEventListener(name, (event) => {
      if (event.pointerId === stroke?.id) stroke = null;
    });
  }

  document.addEventListener("click", (event) => {
    const clear = event.target.closest("[data-signature-clear]");
    const pad = clear?.closest("[data-signature]").querySelector("[data-signature-pad]");
    if (!pad) return;
    const { field, ink } = parts(pad);
    field.value = "";
    ink.setAttribute("d", "");
  });
})();
