// The estimate where there is a script: the curve drawn large, a slider that moves the bill, and
// open folds that stay open when the page is told anew.
(() => {
  "use strict";
  const charts = document.currentScript.dataset.charts;
  let library; // the chart library, fetched once a curve is in sight
  let drawn;

  const grouped = (fen) => {
    const text = (fen < 0n ? -fen : fen).toString().padStart(3, "0");
    const whole = text.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, ",");
    return `${fen < 0n ? "-" : ""}${whole}.${text.slice(-2)}`;
  };

  // What the person bears of a bill, in fen: straight between the corners that the server found.
  const borne = (curve, bill) => {
    for (const [first, low, last, high] of curve.stretches) {
      if (bill > last) continue;
      if (bill <= first || first === last) return BigInt(bill < first ? 0 : low);
      const grown = BigInt(last - first); // rounded to the nearest fen
      return BigInt(low) + (2n * BigInt(high - low) * BigInt(bill - first) + grown) / (2n * grown);
    }
    return BigInt(curve.stretches.at(-1)[3]);
  };

  const points = (stretches) =>
    stretches.flatMap(([first, low, last, high]) => [[first / 100, low / 100], [last / 100, high / 100]]);

  const options = (curve, words, here) => {
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(`--${name}`).trim();
    const short = (yuan) =>
      words.myriad && yuan >= 10000 ? `${yuan / 10000}${words.myriad}` : yuan.toLocaleString("en");
    const axis = {
      type: "value", min: 0, axisLabel: { color: colour("soft"), formatter: short, hideOverlap: true },
      axisLine: { show: true, lineStyle: { color: colour("line") } },
      splitLine: { lineStyle: { color: colour("line") } }, nameTextStyle: { color: colour("soft") },
    };
    const line = { type: "line", silent: true, animation: false, symbol: "none" };
    const bands = []; // one for each stretch between two marks, so that they can be told apart
    const edges = [0, ...curve.marks.map((mark) => mark[1]), curve.end];
    edges.slice(1).forEach((edge, at) => {
      const from = edges[at];
      const inside = curve.stretches.filter(([first, , last]) => last > from && first <= edge);
      bands.push({
        ...line, data: points(inside), lineStyle: { width: 0 },
        areaStyle: { color: colour("cash"), opacity: at % 2 ? 0.22 : 0.1 },
      });
    });
    const cliffs = curve.marks.filter((mark) => mark[3]).map(([, bill, , jump]) => ({
      ...line, data: [[bill / 100, 0], [bill / 100, Math.abs(jump) / 100 + borneYuan(curve, bill)]],
      lineStyle: { color: colour("account"), width: 8, opacity: 0.6 },
    }));
    return {
      animation: false, textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
      grid: { left: 8, right: 20, top: 28, bottom: 8, containLabel: true },
      xAxis: { ...axis, max: curve.end / 100 }, yAxis: axis,
      series: [
        ...bands, ...cliffs,
        { ...line, data: points(curve.stretches), lineStyle: { color: colour("cash"), width: 3 } },
        {
          ...line, symbol: "circle", symbolSize: 20, lineStyle: { width: 0 },
          itemStyle: { color: colour("card"), borderColor: colour("cash"), borderWidth: 2 },
          data: curve.marks.map(([number, bill, person]) => ({
            value: [bill / 100, person / 100],
            label: { show: true, position: "inside", formatter: String(number), color: colour("ink"), fontWeight: 700 },
          })),
        },
        {
          ...line, id: "here", symbol: "circle", symbolSize: 14, lineStyle: { width: 0 },
          itemStyle: { color: colour("brand") }, data: [place(curve, here)],
          label: { show: true, position: "top", color: colour("brand"), fontWeight: 700, formatter: words.here },
        },
      ],
    };
  };
  const borneYuan = (curve, bill) => Number(borne(curve, bill)) / 100;
  const place = (curve, bill) => [Math.min(bill, curve.end) / 100, borneYuan(curve, bill)];

  const loaded = () => {
    library ??= new Promise((done, failed) => {
      const script = document.createElement("script");
      script.src = charts;
      script.onload = () => done(window.echarts);
      script.onerror = failed;
      document.head.append(script);
    });
    return library;
  };

  const draw = async (figure, curve, words) => {
    const echarts = await loaded();
    const box = figure.querySelector(".chart");
    if (!figure.isConnected || !box) return;
    drawn?.dispose();
    box.hidden = false;
    figure.querySelector("svg").classList.add("drawn");
    drawn = echarts.init(box, null, { renderer: "canvas" });
    const bill = () => Number(figure.querySelector("#slider").value);
    drawn.setOption(options(curve, words, bill()));
    figure.redraw = () => drawn.setOption(options(curve, words, bill()), true);
  };

  const slide = (figure, curve, words) => {
    const slider = figure.querySelector("#slider");
    const told = figure.querySelector("#slid");
    const big = document.querySelector("#big[data-live]");
    const field = document.querySelector("#a-in_scope");
    slider.step = String(Math.max(10 ** (String(curve.end).length - 4), 100));
    slider.value = figure.dataset.here;
    const tell = () => {
      const bill = Number(slider.value);
      const person = borne(curve, bill);
      const share = bill ? ` (${words.share} ${(Number(person) * 100 / bill).toFixed(1)}%)` : "";
      told.textContent = `${words.bill} ${grouped(BigInt(bill))} → ${words.you} ${grouped(person)} ${words.yuan}${share}`;
      slider.setAttribute("aria-valuetext", told.textContent);
      if (big) big.textContent = grouped(person);
      drawn?.setOption({ series: [{ id: "here", data: [place(curve, bill)] }] });
    };
    slider.addEventListener("input", tell);
    let waiting; // the arrow keys change the value with every press
    slider.addEventListener("change", () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => {
        if (!field || !big || !slider.isConnected) return;
        field.value = grouped(BigInt(slider.value)).replaceAll(",", "");
        field.dispatchEvent(new Event("change", { bubbles: true }));
      }, 600);
    });
    slider.addEventListener("input", () => clearTimeout(waiting));
    const bill = Number(figure.dataset.here);
    told.textContent = bill ? `${words.bill} ${grouped(BigInt(bill))}` : "";
  };

  const begin = () => {
    const figure = document.querySelector("[data-curve]:not([data-begun])");
    if (!figure) return;
    figure.dataset.begun = "yes";
    const curve = JSON.parse(figure.querySelector("script").textContent);
    const words = JSON.parse(figure.dataset.words);
    slide(figure, curve, words);
    new IntersectionObserver((seen, watch) => {
      if (!seen.some((one) => one.isIntersecting)) return;
      watch.disconnect();
      draw(figure, curve, words).catch(() => {}); // the drawing of the server stays
    }).observe(figure);
  };

  let open = [];
  document.addEventListener("htmx:before:swap", () => {
    open = [...document.querySelectorAll("#main details[id][open]")].map((one) => one.id);
  });
  document.addEventListener("htmx:after:swap", () => {
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    begin();
  });
  const redraw = () => document.querySelector("[data-curve]")?.redraw?.();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  addEventListener("resize", () => drawn?.resize());
  begin();
})();
