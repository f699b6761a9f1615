import { describe, expect, it } from "vitest";
import { optim, type Tensor, tensor } from "../../src/index.js";

function setUp(): { p: Tensor; optimizer: optim.SGD } {
  const p = tensor([1], { requiresGrad: true });
  p.grad = tensor([1]);
  return { p, optimizer: new optim.SGD([p], { lr: 0.5 }) };
}

describe("step hooks", () => {
  it("are called in PyTorch's order, and no more once they are removed", () => {
    const { p, optimizer } = setUp();
    const calls: string[] = [];
    const note = (name: string) => () => {
      calls.push(`${name} ${p.item()}`);
    };
    const handles = [
      optim.registerOptimizerStepPreHook(note("global pre")),
      optim.registerOptimizerStepPostHook(note("global post")),
      optimizer.registerStepPreHook(note("pre")),
      optimizer.registerStepPostHook(note("post")),
    ];
    optimizer.step();
    expect(calls).toEqual(["global pre 1", "pre 1", "post 0.5", "global post 0.5"]);
    for (const handle of handles) handle.remove();
    optimizer.step();
    expect(calls).toHaveLength(4);
  });

  it("get the optimizer and the arguments, and may give others", () => {
    const { optimizer } = setUp();
    const seen: unknown[] = [];
    optimizer.registerStepPreHook((own, args) => {
      seen.push(own === optimizer, args.length);
      return [() => 2];
    });
    optimizer.registerStepPostHook((_, args) => {
      seen.push(args[0]?.());
    });
    expect(optimizer.step(() => 1)).toBe(2);
    expect(seen).toEqual([true, 1, 2]);
  });

  it("a hook that returns something else is an error, before the step", () => {
    const { p, optimizer } = setUp();
    optimizer.registerStepPreHook(function mine() {
      return 5;
    });
    expect(() => optimizer.step()).toThrow(
      "mine must return None or a tuple of (new_args, new_kwargs), but got 5.",
    );
    expect(p.item()).toBe(1);
  });

  it("a hook may remove itself", () => {
    const { optimizer } = setUp();
    let calls = 0;
    const handle = optimizer.registerStepPostHook(() => {
      calls++;
      handle.remove();
    });
    optimizer.step();
    optimizer.step();
    expect(calls).toBe(1);
  });

  it("refuses what is no function", () => {
    const { optimizer } = setUp();
    expect(() => optimizer.registerStepPreHook(1 as never)).toThrow(
      "registerStepPreHook: a hook must be a function, not number",
    );
  });
});

describe("state dict hooks", () => {
  it("see the optimizer before, and the dict after, which they may replace", () => {
    const { optimizer } = setUp();
    const calls: string[] = [];
    optimizer.registerStateDictPreHook(() => void calls.push("pre"));
    optimizer.registerStateDictPreHook(() => void calls.push("first"), { prepend: true });
    optimizer.registerStateDictPostHook((_, dict) => ({ ...dict, param_groups: [] }));
    optimizer.registerStateDictPostHook(
      (_, dict) => void calls.push(`post ${dict.param_groups.length}`) as undefined,
    );
    expect(optimizer.stateDict().param_groups).toEqual([]);
    expect(calls).toEqual(["first", "pre", "post 0"]);
  });

  it("of loading see the dict before, which they may replace, and the optimizer after", () => {
    const { optimizer } = setUp();
    const calls: string[] = [];
    const dict = optimizer.stateDict();
    optimizer.registerLoadStateDictPreHook((_, own) => {
      calls.push("second");
      return { ...own, param_groups: own.param_groups.map((group) => ({ ...group, lr: 7 })) };
    });
    optimizer.registerLoadStateDictPreHook(() => void calls.push("first") as undefined, { prepend: true });
    optimizer.registerLoadStateDictPostHook((own) => void calls.push(`lr ${own.paramGroups[0].lr}`));
    optimizer.loadStateDict(dict);
    expect(calls).toEqual(["first", "second", "lr 7"]);
    expect(dict.param_groups[0].lr).toBe(0.5);
  });
});
