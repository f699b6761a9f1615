import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readSettings, type Settings } from "../../../kernel/check/settings.js";

describe("settings", () => {
  test.each<[values: object, settings: Settings]>([
    [{}, {}],
    [{ rtol: 1e-3 }, { rtol: 1e-3 }],
    [
      { rtol: "1e-3", atol: "0" },
      { rtol: 1e-3, atol: 0 },
    ],
    [{ pixels: 0.5 }, { pixels: 0.5 }],
    [{ timeout: 5 }, { timeout: 5 }],
    [{ timeout: "500ms" }, { timeout: 0.5 }],
    [{ timeout: "1.5 min" }, { timeout: 90 }],
    [{ ignore: "\\d+ files" }, { ignore: ["\\d+ files"] }],
    [{ ignore: ["a,b", "c"] }, { ignore: ["a,b", "c"] }],
    [{ ignoreTypes: "stderr,text/html" }, { ignoreTypes: ["stderr", "text/html"] }],
    [{ exact: "true" }, { exact: true }],
    [{ output: "ignore" }, { output: "ignore" }],
    [{ skip: true }, { skip: "said by its settings" }],
    [{ skip: "needs a GPU" }, { skip: "needs a GPU" }],
    [{ skip: false }, {}],
    [{ raises: true }, { raises: true }],
    [{ raises: "no number" }, { raises: "no number" }],
    [
      { onlyInCi: true, name: "the loop" },
      { onlyInCi: true, name: "the loop" },
    ],
  ])("%j", (values, settings) => {
    expect(readSettings(values, "here", "cell")).toEqual(settings);
  });

  test.each<[values: unknown, message: string]>([
    [[], "here is []; expected an object of settings such as"],
    [null, "here is null; expected an object"],
    [{ rtl: 1 }, 'here: there is no setting rtl; did you mean "rtol"?; there are rtol, atol, pixels'],
    [{ rtol: -1 }, "here: rtol is -1; expected a number from 0 such as 1e-3"],
    [{ rtol: "" }, 'here: rtol is ""; expected'],
    [{ rtol: "1e-3x" }, 'here: rtol is "1e-3x"; expected'],
    [{ atol: null }, "here: atol is null; expected"],
    [{ pixels: 2 }, "here: pixels is 2; expected a share from 0 to 1"],
    [{ timeout: 0 }, "here: timeout is 0; expected a time above 0 such as 30s"],
    [{ timeout: "5h" }, 'here: timeout is "5h"; expected'],
    [{ ignore: "(" }, 'here: ignore is "("; expected a regular expression'],
    [{ ignore: "a*" }, "that does not match the empty text"],
    [{ ignoreTypes: "html" }, 'here: ignoreTypes is "html"; expected mime types, stdout'],
    [{ raises: "/(/" }, 'here: raises is "/(/"; expected true, false, or what the error contains'],
    [{ output: "maybe" }, 'here: output is "maybe"; expected check or ignore'],
    [{ exact: 1 }, "here: exact is 1; expected true or false"],
    [{ skip: "" }, 'here: skip is ""; expected true, false or the reason'],
  ])("%j is an error", (values, message) => {
    expect(() => readSettings(values, "here", "cell")).toThrow(message);
  });

  test("for lints are of notebooks and projects", () => {
    const lint = { link: "off", "alt-text": "warning" } as const;
    expect(readSettings({ lint }, "here", "wide")).toEqual({ lint });
    expect(() => readSettings({ lint }, "here", "cell")).toThrow("lint is for notebooks and projects");
    for (const wrong of [{ link: "no" }, { lnk: "off" }, "off"]) {
      expect(() => readSettings({ lint: wrong }, "here", "wide")).toThrow(
        "expected an object from rules (execution-order,",
      );
    }
  });

  test("of single cells are not for all of them", () => {
    expect(() => readSettings({ skip: true }, "package.json", "wide")).toThrow(
      "package.json: skip is for single cells; there are rtol",
    );
  });

  test("that are no settings are refused with an error that names the place, whatever they are", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        try {
          readSettings(value, "here", "cell");
        } catch (error) {
          expect((error as Error).message).toMatch(/^here(?::| is )/);
        }
      }),
    );
  });
});
