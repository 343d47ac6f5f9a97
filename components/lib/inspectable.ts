/** A frame of a file right below `node_modules` or a scope in it, such as `node_modules/@pulumi/resource.ts`. */
const FRAME = /[\\/]node_modules[\\/](@[^\\/]+[\\/])?[^\\/]+$/;

/**
 * The error without the frames at which `util.inspect` of several Node versions does not end before 3 GB are full
 * (nodejs/node#64011). Pulumi inspects whatever ends a program, and the source maps of its SDK name such files.
 */
export function inspectable(error: unknown): unknown {
  if (error instanceof Error && error.stack !== undefined) {
    const lines = error.stack.split("\n");
    error.stack = lines.filter((line) => !FRAME.test(line)).join("\n");
  }
  return error;
}
