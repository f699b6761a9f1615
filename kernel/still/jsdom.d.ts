/** The little of jsdom that is used. Its published types bring the browser's globals into all of the project. */
declare module "jsdom" {
  export class VirtualConsole {}

  export class JSDOM {
    constructor(
      html: string,
      options: { runScripts: "outside-only"; pretendToBeVisual: boolean; virtualConsole: VirtualConsole },
    );
    readonly window: import("./page-shims.js").PageWindow;
  }
}
