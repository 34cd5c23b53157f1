/** Before the first slow test: the engine, which several files would build at the same time. */
import { ensurePulumi } from "../../lab/engine/index.ts";

export async function setup(): Promise<void> {
  await ensurePulumi();
}
