import type { Layout } from "./renderer.js";

/** Whether JupyterLab's theme is a light one. Other pages do not say, and are light. */
export function isLight(): boolean {
  return document.body.dataset.jpThemeLight !== "false";
}

/**
 * Calls back when JupyterLab's theme changes.
 * @returns What ends that
 */
export function whenThemeChanges(changed: () => void): () => void {
  const observer = new MutationObserver(changed);
  observer.observe(document.body, { attributeFilter: ["data-jp-theme-light", "data-jp-theme-name"] });
  return () => observer.disconnect();
}

/** The layout in the colours of the theme, but for those that it chooses itself. */
export function themed(layout: Layout): Layout {
  // What is zoomed or switched off stays so when the figure changes.
  const lasting = { uirevision: "figure", ...layout };
  return layout.template === undefined ? { ...lasting, template: template() } : lasting;
}

function template(): object {
  const style = getComputedStyle(document.body);
  const color = (name: string, otherwise: string): string => style.getPropertyValue(name).trim() || otherwise;
  const text = color("--jp-ui-font-color1", isLight() ? "#212121" : "#ffffff");
  const faint = color("--jp-border-color2", isLight() ? "#e0e0e0" : "#616161");
  const background = color("--jp-layout-color0", isLight() ? "#ffffff" : "#111111");
  const axis = { gridcolor: faint, linecolor: faint, zerolinecolor: faint };
  const wall = { ...axis, backgroundcolor: background, showbackground: false };
  return {
    layout: {
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      font: { color: text },
      xaxis: axis,
      yaxis: axis,
      scene: { xaxis: wall, yaxis: wall, zaxis: wall },
      polar: { bgcolor: "rgba(0,0,0,0)", angularaxis: axis, radialaxis: axis },
      modebar: { bgcolor: "rgba(0,0,0,0)", color: text, activecolor: color("--jp-brand-color1", "#2196f3") },
      hoverlabel: { bgcolor: background, bordercolor: faint, font: { color: text } },
    },
  };
}
