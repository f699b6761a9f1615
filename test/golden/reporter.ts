import type { Reporter, TestCase, TestModule } from "vitest/node";

/** Failures first, then one line per file, then, as the very last line, `N passed, M failed`. */
export default class GoldenReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly { message: string }[]): void {
    const files = new Map<string, { passed: number; failed: number }>();
    const countsOf = (file: string): { passed: number; failed: number } => {
      const counts = files.get(file) ?? { passed: 0, failed: 0 };
      files.set(file, counts);
      return counts;
    };
    for (const testCase of modules.flatMap((module) => [...module.children.allTests()])) {
      const file = fileOf(testCase);
      const result = testCase.result();
      if (result.state === "passed") {
        countsOf(file).passed++;
        continue;
      }
      countsOf(file).failed++;
      const reason =
        result.state === "failed" ? result.errors.map(({ message }) => message).join("\n") : "did not run";
      print(`✗ ${file} › ${testCase.name}\n${indent(reason)}`);
    }
    for (const { message } of [...modules.flatMap((module) => module.errors()), ...unhandledErrors]) {
      countsOf("the harness itself").failed++;
      print(`✗ ${message}`);
    }

    const total = { passed: 0, failed: 0 };
    print("");
    for (const [file, { passed, failed }] of files) {
      print(`${file}: ${passed} passed, ${failed} failed`);
      total.passed += passed;
      total.failed += failed;
    }
    print(`${total.passed} passed, ${total.failed} failed`);
  }
}

function fileOf(testCase: TestCase): string {
  return testCase.parent.type === "suite" ? testCase.parent.name : testCase.module.moduleId;
}

function indent(text: string): string {
  return text.replace(/^/gm, "    ");
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
