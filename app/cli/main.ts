#!/usr/bin/env node
import { Command, CommanderError } from 'commander'
import { locateAssets } from '../assets.ts'

/**
 * The command line. This file holds names, options and help alone; what a command does is loaded when it is run, so
 * that `--help` answers at once.
 */
export function buildProgram(): Command {
  const program = new Command('strata')
    .description('Spack build caches on OCI registries: push, use and understand them.')
    .version(locateAssets().version, '-V, --version')
    .showSuggestionAfterError()
    .exitOverride()

  const env = program.command('env').description('look at Spack environments')
  env
    .command('list')
    .description('the Spack instances of this machine and their environments')
    .option('--spack <dir>', 'a Spack installation to look into as well')
    .option('--json', 'print one JSON document')
    .action(async (options) => (await import('./env.ts')).listEnvironments(options))
  env
    .command('show')
    .argument('<environment>', 'a name, or a folder with a spack.yaml or a spack.lock')
    .description("one environment's roots and packages")
    .option('--spack <dir>', 'the Spack installation it belongs to')
    .option('--sysroot <dir>', 'a folder that stands for / for everything that Spack wrote')
    .option('--sizes', 'measure the packages on disk')
    .option('--json', 'print one JSON document')
    .action(async (environment, options) => (await import('./env.ts')).showEnvironment(environment, options))

  program
    .command('push')
    .argument('[spec...]', 'packages instead of all roots: name, name@version or /hash')
    .description('push packages to a build cache, each as one image layer')
    .option('--spack <dir>', 'the Spack installation')
    .option('--sysroot <dir>', 'a folder that stands for / for everything that Spack wrote')
    .option('-e, --env <environment>', 'a named environment, or a folder with a spack.yaml')
    .option('--to <reference>', 'oci://host/name, oci+http://host/name, oci-layout:///folder, or the name of a mirror')
    .option('--base-image <reference>', 'what lies under the packages, so that they run as a container: ubuntu:24.04')
    .option('--tag <tag>', 'write an image of the whole environment under this tag')
    .option('--update-index', 'bring index.spack up to date')
    .option('--force', 'push what is there already as well')
    .option('--only <what>', '`package`: without the dependencies')
    .option('--without-build-dependencies', 'leave out what is needed to build only')
    .option('--private', 'push packages whose recipe does not let them be redistributed as well')
    .option('--allow-missing', 'leave out what is not installed')
    .option('--fail-fast', 'stop at the first failure')
    .option('-j, --jobs <n>', 'packages packed at a time')
    .option('--username <name>', 'log in with this name; the password is read from standard input')
    .option('--password-stdin', 'read the password from standard input')
    .option('--token-stdin', 'read a registry token from standard input')
    .option('--ca-file <file...>', 'certificate authorities to trust, in PEM')
    .option('--insecure', 'accept any certificate')
    .option('--sample', 'push the sample that ships with Strata into a folder: a first try')
    .option('-n, --dry-run', 'show the plan and stop')
    .option('--json', 'print one JSON document: the plan, and what became of it')
    .addHelpText('after', pushHelp)
    .action(async (specs, options) => (await import('./push.ts')).push(specs, options))

  const cache = program
    .command('cache')
    .description('the blob store: layers that were packed before')
    .option('--json', 'print one JSON document')
    .action(async (options) => (await import('./cache.ts')).showCache(options))
  cache
    .command('clear')
    .description('empty it')
    .action(async (_, command: Command) => (await import('./cache.ts')).clearCache(command.optsWithGlobals()))

  program
    .command('serve')
    .description('the app in a browser, on this machine only')
    .option('--port <port>', 'the port; any free one when it is not given')
    .action(async (options) => (await import('./serve.ts')).serveApp(options))
  return program
}

const pushHelp = `
Logins come from --username or --token-stdin, STRATA_USERNAME and STRATA_PASSWORD or STRATA_TOKEN, the files of docker
and podman, and Spack's mirrors, in this order.

Exit status: 0 done, 1 failed (wholly or in part), 2 wrong usage, 130 cancelled. What was done before is not done again.

Examples:
  strata push --env tools --to oci://ghcr.io/me/cache --base-image ubuntu:24.04 --tag tools --update-index
  strata push --env ./my-env --to oci-layout:///tmp/cache --dry-run
  strata push --sample
`

/** Wrong usage ends with 2, help and version with 0; everything else is said by the commands themselves. */
async function run(): Promise<void> {
  try {
    await buildProgram().parseAsync()
  } catch (thrown) {
    if (thrown instanceof CommanderError) {
      process.exitCode = thrown.exitCode === 0 ? 0 : 2
      return
    }
    const { reportFailure } = await import('./outcome.ts')
    reportFailure(thrown, process.argv.includes('--json'))
  }
}

void run()
