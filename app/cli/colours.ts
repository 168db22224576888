import pc from 'picocolors'

type Colours = ReturnType<typeof pc.createColors>

/** For what goes to standard output: results, plans. */
export const out: Colours = coloursFor(process.stdout)
/** For what goes to standard error: progress and errors. */
export const err: Colours = coloursFor(process.stderr)

/**
 * Colours for one stream: a terminal's, unless NO_COLOR is set (no-color.org) or the terminal has none. Each stream is
 * asked for itself, so that `2>log` gets no escape codes while the screen keeps its colours.
 */
function coloursFor(stream: NodeJS.WriteStream): Colours {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env
  // A boolean in any case: for `undefined`, which is isTTY of a pipe, picocolors decides by itself.
  const wanted = Boolean(FORCE_COLOR) || (stream.isTTY === true && TERM !== 'dumb')
  return pc.createColors(wanted && !NO_COLOR)
}
