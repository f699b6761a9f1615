/**
 * Starts JupyterLab: its own extensions, and those that the server has found in `labextensions` folders, which bring
 * modules of their own and share the application's.
 * Source: jupyterlab/staging, bootstrap.js and index.js.
 */
import { JupyterLab } from "@jupyterlab/application";
import { PageConfig } from "@jupyterlab/coreutils";
import { IConnectionStatus, IServiceManager } from "@jupyterlab/services";
import { PluginRegistry } from "@lumino/coreutils";
import { extensions, mimeExtensions, shared } from "optimlab-lab/packages";

/** Those that ask another host for news, or a language server, which no kernel is. */
const UNUSED = [
  "@jupyterlab/apputils-extension:announcements",
  "@jupyterlab/fileeditor-extension:language-server",
  "@jupyterlab/notebook-extension:language-server",
];

/** The plugins of a module of an extension, but for those that are switched off. */
function pluginsOf(module) {
  const plugins = [module.default ?? module].flat();
  return plugins.filter(({ id }) => !UNUSED.includes(id) && !PageConfig.Extension.isDisabled(id));
}

/** Loads an extension of the server, and the modules of it that JupyterLab asks for. */
async function load({ name, load: entry, extension, mimeExtension, style }) {
  const script = document.createElement("script");
  script.src = `${PageConfig.getOption("fullLabextensionsUrl")}/${name}/${entry}`;
  await new Promise((resolve, reject) => {
    script.onload = resolve;
    script.onerror = () => reject(new Error(`${script.src} cannot be loaded`));
    document.head.append(script);
  });
  const container = globalThis._JUPYTERLAB[name];
  await container.init(shared);
  const module = async (path) => path && (await container.get(path))();
  await module(style);
  return { extension: await module(extension), mimeExtension: await module(mimeExtension) };
}

async function start() {
  const found = JSON.parse(PageConfig.getOption("federated_extensions") || "[]");
  const loaded = [];
  for (const result of await Promise.allSettled(found.map(load))) {
    if (result.status === "fulfilled") loaded.push(result.value);
    else console.error(result.reason);
  }
  const ofServer = (kind) => loaded.flatMap((modules) => (modules[kind] ? [modules[kind]] : []));
  const plugins = [...extensions, ...ofServer("extension")].flatMap(pluginsOf);

  const pluginRegistry = new PluginRegistry();
  pluginRegistry.registerPlugins(plugins);
  const app = new JupyterLab({
    pluginRegistry,
    serviceManager: await pluginRegistry.resolveRequiredService(IServiceManager),
    connectionStatus: await pluginRegistry.resolveOptionalService(IConnectionStatus),
    mimeExtensions: [...mimeExtensions, ...ofServer("mimeExtension")].map(pluginsOf),
    availablePlugins: plugins.map(({ id, description, autoStart }) => ({
      id,
      description,
      autoStart,
      enabled: true,
      extension: id.split(":")[0],
      requires: [],
      optional: [],
      provides: null,
    })),
  });
  await app.start();
  await app.restored;
}

start().catch((error) => {
  console.error(error);
  document.body.textContent = `JupyterLab cannot start: ${error}`;
});
