// From nothing to the first tensor, in milliseconds. Run in a fresh process each time.
const start = performance.now();
const torch = await import("optimlab");
torch.zeros([2]);
console.log(performance.now() - start);
