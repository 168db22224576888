import { type Command, Option } from 'commander'
import { parseJobs } from './values.ts'

/** The commands that run the user's own Spack: names, options and help. */
export function addSpack(program: Command): void {
  const spack = program
    .command('spack')
    .description('run your own Spack on an environment: its output as it comes, and every process ended by Ctrl-C')
    .addHelpText('after', spackHelp)
  addConcretizing(addRun(spack, 'concretize', 'concretize an environment and write its spack.lock'))
    .option('-f, --force', 'also what is concretized already')
    .action(async (options) => (await import('./spack.ts')).concretize(options))
  addConcretizing(addRun(spack, 'install', 'install the roots of an environment, or packages'))
    .argument('[spec...]', specHelp)
    .option('--cache-only', 'from build caches alone: build nothing')
    .option('--no-cache', 'build everything, whatever a build cache has: after a change of the padding')
    .option('--add', 'make the packages roots of the environment')
    .action(async (specs, options) => (await import('./spack.ts')).installWithSpack(specs, options))
  addRun(spack, 'uninstall', 'uninstall packages; asks nothing: look at it with --dry-run first')
    .argument('<spec...>', specHelp)
    .option('--dependents', 'also what depends on them')
    .option('-f, --force', 'even though others depend on them')
    .option('--remove', "take them out of the environment's spack.yaml as well")
    .action(async (specs, options) => (await import('./spack.ts')).uninstall(specs, options))
  addRun(spack, 'find', 'list what is installed')
    .argument('[spec...]', specHelp)
    .action(async (specs, options) => (await import('./spack.ts')).find(specs, options))
}

const specHelp = "packages, as Spack writes them: hdf5@1.14, 'zlib +shared', /hash"

function addRun(spack: Command, name: string, description: string): Command {
  return spack
    .command(name)
    .description(description)
    .option('-e, --env <environment>', 'a name, or a folder with a spack.yaml (default: $SPACK_ENV)')
    .option('--spack <dir>', 'the Spack installation (default: $SPACK_ROOT, or found)')
    .option('-n, --dry-run', 'show the command and stop')
    .option('--json', "print one JSON document; Spack's output goes to standard error")
}

function addConcretizing(command: Command): Command {
  return command
    .addOption(new Option('--fresh', 'concretize to the newest').conflicts('reuse'))
    .option('--reuse', 'concretize to what is installed or in a build cache, as far as it fits')
    .option('-j, --jobs <n>', "Spack's -j", parseJobs)
}

const spackHelp = `
The command that is run is shown on standard error. What Spack prints, errors
too, goes to standard output in its order; all of it is kept with the job.

Exit status: 0 done, 1 Spack failed, 2 wrong usage, 130 cancelled. Ctrl-C
interrupts Spack and all that it started; what does not end within ten seconds
is terminated, and killed five seconds later.

Examples:
  strata spack install --env ./my-env --add zlib
  strata spack install --env ./my-env --cache-only
  strata spack find --env tools
`
