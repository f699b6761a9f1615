import { readFileSync, writeFileSync } from "node:fs";
import * as torch from "../../dist/src/index.js";
import { withTable } from "./table.mjs";

const file = new URL("../../README.md", import.meta.url);
writeFileSync(file, withTable(readFileSync(file, "utf8"), torch));
