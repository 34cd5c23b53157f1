import { EventEmitter, once } from "node:events";
import { type CloudState, type Fault, merge, type Patch } from "./state.ts";

/** The cloud's state while it is served: changed in one place, and waited for. */
export class World {
  readonly #changes = new EventEmitter().setMaxListeners(0);
  #state: CloudState;

  constructor(state: CloudState) {
    this.#state = state;
  }

  get state(): CloudState {
    return this.#state;
  }

  /** Changes the state and wakes whoever waits for that. */
  patch(change: Patch<CloudState>): void {
    this.#state = merge(this.#state, change);
    this.#changes.emit("change");
  }

  /** Resolves once the condition holds, the time (milliseconds) is over, or whoever asked is gone. */
  async until(condition: () => boolean, time: number, gone: AbortSignal): Promise<void> {
    const end = AbortSignal.any([AbortSignal.timeout(time), gone]);
    while (!condition() && !end.aborted) {
      await once(this.#changes, "change", { signal: end }).catch(() => {});
    }
  }

  /** The fault that meets this request, which uses up one of its times. */
  takeFault(service: Fault["service"], url: string): Fault | undefined {
    const { faults } = this.#state;
    const found = faults.find((fault) => fault.service === service && url.includes(fault.match ?? ""));
    if (found?.times === undefined) return found;
    const rest = faults.flatMap((fault) => {
      if (fault !== found) return [fault];
      return found.times === undefined || found.times <= 1 ? [] : [{ ...found, times: found.times - 1 }];
    });
    this.#state = { ...this.#state, faults: rest };
    return found;
  }
}
