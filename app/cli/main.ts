#!/usr/bin/env node
import { type Command, CommanderError } from 'commander'
import { buildProgram } from './program.ts'

/** Wrong usage ends with 2, help and version with 0; everything else is said by the commands themselves. */
async function run(): Promise<void> {
  // A reader that has gone (`| head -1`) loses the rest; the work and its exit code stay what they are.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') process.exitCode = 1
    })
  }
  const program = buildProgram()
  const json = process.argv.includes('--json')
  try {
    await program.parseAsync()
  } catch (thrown) {
    const { exitCodeOf, reportFailure, usageError } = await import('./outcome.ts')
    if (!(thrown instanceof CommanderError)) {
      reportFailure(thrown, json)
      // Ctrl-C while a plan is made: what still reads then has nobody to tell.
      if (process.exitCode === exitCodeOf({ code: 'cancelled', message: '' })) process.exit()
      return
    }
    // The help was shown: asked for it is the answer, instead of a command it is not.
    if (/^commander\.(help|helpDisplayed|version)$/.test(thrown.code)) process.exitCode = thrown.exitCode === 0 ? 0 : 2
    else reportFailure(usageError(thrown, helpFor(program)), json)
  }
}

/** The command whose help explains what was typed. */
function helpFor(program: Command): string {
  const command = program.commands.find((one) => one.name() === process.argv[2])
  const nested = command?.commands.find((one) => one.name() === process.argv[3])
  return ['strata', command?.name(), nested?.name(), '--help'].filter((word) => word !== undefined).join(' ')
}

void run()
