// onnxruntime reads this once, when its library loads; without it the official builds report usage
// to their maker. Import this module before onnxruntime-node.
process.env["ORT_DISABLE_TELEMETRY"] ??= "1";
