import { createRequire } from "node:module";
import { describe, expect, test } from "vitest";
import { catches, type Parser, tryBlocks } from "../../../kernel/debug/try-blocks.js";

const parser = createRequire(createRequire(import.meta.url).resolve("tslab"))(
  "@tslab/typescript-for-tslab",
) as Parser;

describe("tryBlocks", () => {
  test.each([
    ["in the block", "try { HERE() } catch {}", true],
    ["beside it", "try { f() } catch {}\nHERE()", false],
    ["in the handler", "try { f() } catch { HERE() }", false],
    ["with finally only", "try { HERE() } finally {}", false],
    ["finally inside catch", "try {\n  try { HERE() } finally {}\n} catch {}", true],
    ["in a function that is only defined there", "try {\n  f(() => { HERE() })\n} catch {}", false],
    ["in a method of a class there", "try {\n  class A { m() { HERE() } }\n} catch {}", false],
    ["in a function with a block of its own", "try { f(() => { try { HERE() } catch {} }) } catch {}", true],
    ["after a function in the block", "try {\n  f(() => {}); HERE()\n} catch {}", true],
    ["in nested statements", "try { if (a) { for (;;) { HERE() } } } catch (error) { throw error }", true],
    ["in an async function", "async () => {\n  try { await HERE() } catch {}\n}", true],
  ])("%s", (_, script, caught) => {
    const before = script.slice(0, script.indexOf("HERE")).split("\n");
    const position = { line: before.length - 1, character: before.at(-1)!.length };
    expect(catches(tryBlocks(parser, script), position)).toBe(caught);
  });
});
