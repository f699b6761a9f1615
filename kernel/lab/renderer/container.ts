/**
 * The extension as JupyterLab loads it: a container of webpack's module federation, of which one module is asked for.
 * Written out here, since all it shares with JupyterLab is one class.
 * Source: https://webpack.js.org/concepts/module-federation/; jupyterlab/federated.
 */
import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import type { Widget } from "@lumino/widgets";
import { rendererOf } from "./renderer.js";

/** What applications share with their extensions: package → version → module. */
type ShareScope = Readonly<Record<string, Readonly<Record<string, SharedModule>>>>;

interface SharedModule {
  get(): Promise<() => unknown>;
  readonly loaded?: unknown;
}

interface Container {
  init(scope: ShareScope): void;
  get(module: string): Promise<() => { readonly __esModule: true; readonly default: IRenderMime.IExtension }>;
}

declare global {
  var _JUPYTERLAB: Record<string, Container> | undefined;
}

let shared: ShareScope = {};

globalThis._JUPYTERLAB ??= {};
globalThis._JUPYTERLAB["optimlab-plotly"] = {
  init(scope) {
    shared = scope;
  },
  async get() {
    const versions = Object.values(shared["@lumino/widgets"] ?? {});
    const widgets = versions.find(({ loaded }) => loaded) ?? versions[0];
    if (!widgets) throw new Error("optimlab-plotly: this JupyterLab shares no @lumino/widgets");
    const factory = (await widgets.get()) as () => { readonly Widget: typeof Widget };
    const extension: IRenderMime.IExtension = {
      id: "optimlab-plotly:figures",
      rendererFactory: rendererOf(factory().Widget),
      // Before pictures: a figure has both.
      rank: 0,
      dataType: "json",
    };
    // Without the mark JupyterLab would take it for a CommonJS module.
    return () => ({ __esModule: true, default: extension });
  },
};
