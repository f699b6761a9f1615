import { joined, type MimeBundle, type Output } from "./notebook.js";

/** A message on iopub, as far as outputs are concerned. Source: jupyter_client, "Messages on the IOPub channel". */
export interface IopubMessage {
  readonly header: { readonly msg_type: string };
  readonly content: object;
}

interface DisplayContent {
  data: MimeBundle;
  metadata: Readonly<Record<string, unknown>>;
  execution_count?: number | null;
  transient?: { display_id?: string };
}

export interface Taken {
  readonly output: Output;
  /** What the output replaces, if it changes a display. */
  readonly replaced?: Output;
}

/** The outputs of a notebook's cells, put together from what the kernel sends. */
export class OutputCollector {
  readonly #cells = new Map<number, Output[]>();
  /** Where a display that may still change is shown. */
  readonly #displays = new Map<string, { cell: number; at: number }[]>();
  /** Cells whose outputs go once the next one comes (`clear_output` with `wait`). */
  readonly #clearing = new Set<number>();

  /** The outputs of a cell as they are now; of streams what is left to be read in a terminal. */
  of(cell: number): readonly Output[] {
    return (this.#cells.get(cell) ?? []).map((output) =>
      output.output_type === "stream" ? { ...output, text: typedOver(joined(output.text)) } : output,
    );
  }

  /**
   * Takes one message of a running cell.
   * @returns The output that it brought, if it brought one; of a stream only the new text.
   */
  take(cell: number, { header, content }: IopubMessage): Taken | undefined {
    switch (header.msg_type) {
      case "stream": {
        const { name, text } = content as { name: "stdout" | "stderr"; text: string };
        return { output: this.#stream(cell, name, text) };
      }
      case "display_data":
      case "execute_result": {
        const { data, metadata, execution_count = null, transient } = content as DisplayContent;
        const output: Output =
          header.msg_type === "display_data"
            ? { output_type: "display_data", data, metadata }
            : { output_type: "execute_result", data, metadata, execution_count };
        return { output: this.#add(cell, output, transient?.display_id) };
      }
      case "update_display_data":
        return this.#update(content as DisplayContent);
      case "error": {
        const { ename, evalue, traceback } = content as {
          ename: string;
          evalue: string;
          traceback: string[];
        };
        return { output: this.#add(cell, { output_type: "error", ename, evalue, traceback }) };
      }
      case "clear_output":
        if ((content as { wait: boolean }).wait) this.#clearing.add(cell);
        else this.#clear(cell);
        return undefined;
      default:
        return undefined;
    }
  }

  #stream(cell: number, name: "stdout" | "stderr", text: string): Output {
    this.#clearIfAsked(cell);
    const outputs = this.#outputs(cell);
    const last = outputs.at(-1);
    const piece: Output = { output_type: "stream", name, text };
    if (last?.output_type === "stream" && last.name === name) {
      outputs[outputs.length - 1] = { ...last, text: `${last.text as string}${text}` };
    } else {
      outputs.push(piece);
    }
    return piece;
  }

  #add(cell: number, output: Output, displayId?: string): Output {
    this.#clearIfAsked(cell);
    const outputs = this.#outputs(cell);
    outputs.push(output);
    if (displayId !== undefined) {
      const places = this.#displays.get(displayId) ?? [];
      this.#displays.set(displayId, [...places, { cell, at: outputs.length - 1 }]);
    }
    return output;
  }

  #update({ data, metadata, transient }: DisplayContent): Taken | undefined {
    let taken: Taken | undefined;
    for (const { cell, at } of this.#displays.get(transient?.display_id ?? "") ?? []) {
      const outputs = this.#outputs(cell);
      const replaced = outputs[at]!;
      const output = { ...replaced, data, metadata } as Output;
      outputs[at] = output;
      taken = { output, replaced };
    }
    return taken;
  }

  #outputs(cell: number): Output[] {
    const outputs = this.#cells.get(cell) ?? [];
    this.#cells.set(cell, outputs);
    return outputs;
  }

  #clearIfAsked(cell: number): void {
    if (this.#clearing.has(cell)) this.#clear(cell);
  }

  #clear(cell: number): void {
    this.#clearing.delete(cell);
    this.#cells.delete(cell);
    for (const [id, places] of this.#displays) {
      this.#displays.set(
        id,
        places.filter((place) => place.cell !== cell),
      );
    }
  }
}

/** What a terminal shows of a text: a carriage return goes back to the line's start, a backspace by one character. */
export function typedOver(text: string): string {
  if (!/[\r\b]/.test(text)) return text;
  return text
    .split(/\r*\n/)
    .map((line) => {
      const shown: string[] = [];
      let at = 0;
      for (const character of line) {
        if (character === "\r") at = 0;
        else if (character === "\b") at = Math.max(0, at - 1);
        else shown[at++] = character;
      }
      return shown.join("");
    })
    .join("\n");
}
