import { Listr, PRESET_TIMER } from "listr2";

/** Runs one step under a title; `say` tells what it is at. */
export type StepRunner = <T>(title: string, work: (say: (text: string) => void) => Promise<T>) => Promise<T>;

/**
 * Starts work that goes on beside the steps. The step that needs its result waits for it, and shows what it is at.
 *
 * @returns waits.
 */
export function besideSteps<T>(
  work: (say: (text: string) => void) => Promise<T>,
): (say: (text: string) => void) => Promise<T> {
  let last: string | undefined;
  let tell = (text: string): void => {
    last = text;
  };
  const result = work((text) => tell(text));
  // Told by the step that waits.
  result.catch(() => {});
  return (say) => {
    tell = say;
    if (last !== undefined) say(last);
    return result;
  };
}

/** Steps with their times, on a terminal or in a log. */
export const shownSteps: StepRunner = async (title, work) => {
  const results: Awaited<ReturnType<typeof work>>[] = [];
  const list = new Listr(
    [
      {
        title,
        task: async (_, task) => {
          results.push(
            await work((text) => {
              // A log keeps the titles; what passes by is for a terminal.
              if (process.stdout.isTTY) task.output = text;
            }),
          );
        },
      },
    ],
    // The lab takes itself down on Ctrl-C.
    {
      rendererOptions: { timer: PRESET_TIMER, showErrorMessage: false },
      fallbackRendererOptions: { timer: PRESET_TIMER },
      registerSignalListeners: false,
    },
  );
  await list.run();
  const [result] = results;
  return result as Awaited<ReturnType<typeof work>>;
};

/** Steps that nobody watches: their titles and times go to standard error, for a test's log. */
export const loggedSteps: StepRunner = async (title, work) => {
  const started = performance.now();
  const result = await work(() => {});
  process.stderr.write(`${title}: ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
  return result;
};
