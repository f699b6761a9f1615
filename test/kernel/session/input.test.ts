import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { KernelClient } from "../client.js";

let kernel: KernelClient;
beforeAll(async () => {
  kernel = await KernelClient.start();
});
afterAll(() => kernel.stop());

const cell = (code: string): string => kernel.send("execute_request", { code, allow_stdin: true });

describe.each([
  ["prompt", ""],
  ["input", "await "],
])("%s", (name, wait) => {
  test("asks on stdin, by its execute request, and is what was typed", async () => {
    const id = cell(`${wait}${name}("Your name: ")`);
    const question = await kernel.question(id);
    expect(question).toMatchObject({
      channel: "stdin",
      type: "input_request",
      content: { prompt: "Your name: ", password: false },
    });
    await kernel.type("Grace 😀\n", question);
    expect((await kernel.answer(id)).result).toEqual({ "text/plain": "'Grace 😀\\n'" });
  });

  test("takes a reply without a parent, as jupyter_client sends it; a password; an empty line; no text", async () => {
    const id = cell(`[${wait}${name}("key", { password: true }), ${wait}${name}()]`);
    expect((await kernel.question(id)).content).toEqual({ prompt: "key", password: true });
    await kernel.type("secret");
    expect((await kernel.question(id, 1)).content).toEqual({ prompt: "", password: false });
    await kernel.type("");
    expect((await kernel.answer(id)).result).toEqual({ "text/plain": "[ 'secret', '' ]" });
  });

  test.each([
    ["allow_stdin is false", { allow_stdin: false }],
    ["allow_stdin is not given", {}],
  ])("is refused when %s, and the cell can catch that", async (_, options) => {
    const { error } = await kernel.execute(`${wait}${name}("?")`, options);
    expect(error!.ename).toBe("StdinNotImplementedError");
    expect(error!.evalue).toMatch(`${name}: this front end takes no input`);
    const caught = await kernel.execute(
      `let caught; try { ${wait}${name}("?") } catch (error) { caught = (error as Error).name } caught`,
      options,
    );
    expect(caught.result).toEqual({ "text/plain": "'StdinNotImplementedError'" });
  });

  test.each([
    ["a second argument that is no object", `${name}("?", 5 as any)`, /the second argument is an object/],
    [
      "a password that is no boolean",
      `${name}("?", { password: 1 as any })`,
      /password must be true or false/,
    ],
  ])("refuses %s", async (_, code, message) => {
    const id = cell(`${wait}${code}`);
    expect((await kernel.answer(id)).error!.evalue).toMatch(message);
  });

  test("ends by an interrupt; the late reply goes nowhere", async () => {
    await kernel.execute("let kept = 41");
    const id = cell(`${wait}${name}("waiting")`);
    const question = await kernel.question(id);
    await kernel.request("interrupt_request", {}, "control");
    expect((await kernel.answer(id)).reply.ename).toBe("KeyboardInterrupt");
    await kernel.type("late", question);
    const next = cell(`${wait}${name}("next") + kept`);
    await kernel.question(next);
    await kernel.type("stale", question);
    await kernel.type("fresh");
    expect((await kernel.answer(next)).result).toEqual({ "text/plain": "'fresh41'" });
    await kernel.until(() => /input_reply to an earlier question/.test(kernel.stderr));
  });

  test("a reply without a value is an error of the cell, and the next question is asked", async () => {
    const id = cell(`let problem; try { ${wait}${name}("a") } catch (error) { problem = String(error) }
      [problem, ${wait}${name}("b")]`);
    await kernel.question(id);
    await kernel.type(5);
    await kernel.question(id, 1);
    await kernel.type("fine");
    expect((await kernel.answer(id)).result!["text/plain"]).toMatch(
      /the front end answered \{"value":5\} instead of a value[\s\S]*'fine'/,
    );
  });
});

test("questions at the same time are asked one after the other", async () => {
  const id = cell(`const ticks: number[] = []; const timer = setInterval(() => ticks.push(1), 10);
    const typed = await Promise.all(["a", "b", "c"].map((name) => input(name)));
    clearInterval(timer); [typed.join(), ticks.length > 3]`);
  for (const [i, name] of ["a", "b", "c"].entries()) {
    expect((await kernel.question(id, i)).content.prompt).toBe(name);
    await new Promise((resolve) => setTimeout(resolve, 60));
    await kernel.type(name.toUpperCase());
  }
  expect((await kernel.answer(id)).result).toEqual({ "text/plain": "[ 'A,B,C', true ]" });
});

test("what asks after its cell has ended is refused, and so is a question that is open when it ends", async () => {
  const id = cell(`let problems: string[] = [];
    input("open").catch((error) => problems.push(error.message));
    setTimeout(() => { try { prompt("late") } catch (error) { problems.push((error as Error).message) } }, 50); 1`);
  await kernel.answer(id);
  const { result } = await kernel.execute("await new Promise((done) => setTimeout(done, 150)); problems");
  expect(result!["text/plain"]).toMatch(/the cell ended before its user answered/);
  expect(result!["text/plain"]).toMatch(/its cell has ended, and only a running cell can ask/);
});

test("replies that nobody asked for are logged", async () => {
  const before = kernel.stderr.length;
  await kernel.type("unasked");
  await kernel.sendFrames("stdin", kernel.frames("execute_request", { code: "1" }));
  await kernel.sendFrames("stdin", ["nonsense"]);
  await kernel.until(() =>
    ["nobody was asked", 'type "execute_request" on stdin', "dropped a message on stdin"].every((line) =>
      kernel.stderr.slice(before).includes(line),
    ),
  );
  expect((await kernel.execute("1")).reply.status).toBe("ok");
});
