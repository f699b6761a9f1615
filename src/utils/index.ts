/** `torch.utils.data`: the place of `data` in PyTorch. */
export * as data from "../data/index.js";
