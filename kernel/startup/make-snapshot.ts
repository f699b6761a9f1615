/** The process that `Snapshot.makeInBackground` starts. Nobody sees what it writes. */
import { setPriority } from "node:os";
import { Snapshot } from "./snapshot.js";

setPriority(19);
new Snapshot().make();
