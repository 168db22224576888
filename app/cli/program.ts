import { Command, Option } from 'commander'
import { locateAssets } from '../assets.ts'
import { addActs } from './act-commands.ts'
import { addBrowsing } from './browse-commands.ts'
import { addComposing } from './compose-commands.ts'
import { addAccessOptions } from './repository-options.ts'
import { addSpack } from './spack-commands.ts'
import { addSpackFiles } from './spack-file-commands.ts'
import { parseJobs, parseList, parsePort } from './values.ts'

/**
 * The command line. This file holds names, options and help alone; what a command does is loaded when it is run, so
 * that `--help` answers at once.
 */
export function buildProgram(): Command {
  const program = new Command('strata')
    .description('Spack build caches on OCI registries: push, use and understand them.')
    .version(locateAssets().version, '-V, --version', 'show the version')
    .helpOption('-h, --help', 'show this help')
    .helpCommand('help [command]', "show a command's help")
    .showSuggestionAfterError()
    .exitOverride()
    // What is wrong with the command line is said where every other error is: in words, or as JSON.
    .configureOutput({ outputError: () => undefined })
  addSpackFiles(program, addEnv(program))
  addPush(program)
  addInstall(program)
  addLogins(program)
  addBrowsing(program)
  addComposing(program)
  addActs(program)
  addSpack(program)
  addCache(program)
  addDoctor(program)
  addCi(program)
  program
    .command('serve')
    .description('show the app in a browser, on this machine only')
    .option('--port <port>', 'listen on this port of 127.0.0.1 (default: any free one)', parsePort)
    .action(async (options) => (await import('./serve.ts')).serveApp(options))
  return program
}

function addEnv(program: Command): Command {
  const env = program.command('env').description('look at Spack environments, and change them')
  env
    .command('list')
    .description('list the Spack installations of this machine and their environments')
    .option('--spack <dir>', 'this Spack installation only')
    .option('--json', 'print one JSON document')
    .action(async (options) => (await import('./env.ts')).listEnvironments(options))
  env
    .command('show')
    .description('show the roots and packages of an environment')
    .argument('[environment]', 'a name, or a folder with a spack.yaml or spack.lock (default: $SPACK_ENV)')
    .option('--spack <dir>', 'the Spack installation it belongs to (default: $SPACK_ROOT, or found)')
    .option('--sysroot <dir>', 'a folder that stands for / in every path that Spack wrote')
    .option('--sizes', 'measure the packages on disk')
    .option('--json', 'print one JSON document')
    .action(async (environment, options) => (await import('./env.ts')).showEnvironment(environment, options))
  return env
}

function addPush(program: Command): void {
  const push = program
    .command('push')
    .description('push packages to a build cache, each as one layer of an image')
    .argument('[spec...]', 'packages instead of all roots: name, name@version or /hash')
    .optionsGroup('What:')
    .option('--spack <dir>', 'the Spack installation (default: $SPACK_ROOT, or found)')
    .option('--sysroot <dir>', 'a folder that stands for / in every path that Spack wrote')
    .option('-e, --env <environment>', 'a name, or a folder with a spack.yaml (default: $SPACK_ENV)')
    .addOption(new Option('--only <what>', 'the packages without their dependencies').choices(['package']))
    .option('--without-build-dependencies', 'leave out what is needed to build only')
    .option('--private', 'also what its recipe forbids to redistribute')
    .option('--allow-missing', 'leave out what is not installed')
    .addOption(
      new Option('--sample', 'the sample that ships with Strata, into a folder').conflicts(['spack', 'sysroot', 'env']),
    )
    .optionsGroup('Where to:')
    .option('--to <target>', 'oci://host/name, oci+http://host/name, oci-layout:///folder, or a mirror')
  addAccessOptions(push)
    .optionsGroup('Images:')
    .option('--base-image <reference>', 'put the packages on this image, so that they run: ubuntu:24.04')
    .option('--tag <tag>', 'also write an image of all roots under this tag')
    .option('--update-index', 'bring index.spack up to date')
    .optionsGroup('How:')
    .option('-n, --dry-run', 'show the plan and stop')
    .option('--force', 'push again what is there already')
    .option('--fail-fast', 'stop at the first failure')
    .option('-j, --jobs <n>', 'packages packed at a time (default: one a processor)', parseJobs)
    .option('--json', 'print one JSON document: the plan, and what became of it')
    .addHelpText('after', pushHelp)
    .action(async (specs, options) => (await import('./push.ts')).push(specs, options))
}

function addLogins(program: Command): void {
  const login = program
    .command('login')
    .description('keep a login for a registry, once the registry has taken it')
    .argument('<registry>', 'ghcr.io, localhost:5000, or a part of one: ghcr.io/me')
  addAccessOptions(login)
    .option('--allow-file', 'without a keychain keep it in a file that you alone may read')
    .option('--json', 'print one JSON document')
    .addHelpText('after', loginHelp)
    .action(async (registry, options) => (await import('./login.ts')).login(registry, options))
  program
    .command('logout')
    .description('drop the login that Strata keeps for a registry')
    .argument('<registry>', 'as it was given to login')
    .option('--json', 'print one JSON document')
    .action(async (registry, options) => (await import('./logout.ts')).logout(registry, options))
  program
    .command('whoami')
    .description('show every login for a repository, and which is used')
    .argument('<reference>', 'ghcr.io/me/cache, a registry, or a mirror')
    .option('--json', 'print one JSON document')
    .action(async (reference, options) => (await import('./whoami.ts')).whoami(reference, options))
}

function addDoctor(program: Command): void {
  const doctor = program
    .command('doctor')
    .description('try step by step whether a repository can be read and written')
    .argument('<target>', 'oci://host/name, oci+http://host/name, oci-layout:///folder, or a mirror')
    .option('-e, --env <environment>', 'the environment whose mirror it is (default: $SPACK_ENV)')
  addAccessOptions(doctor)
    .option('--json', 'print one JSON document')
    .addHelpText('after', doctorHelp)
    .action(async (target, options) => (await import('./doctor.ts')).doctor(target, options))
}

function addCi(program: Command): void {
  const ci = program.command('ci').description('write CI files that fill a build cache from an environment')
  for (const [provider, what] of [
    ['github', 'a GitHub Actions workflow'],
    ['gitlab', 'a GitLab CI configuration'],
  ] as const) {
    ci.command(provider)
      .description(`${what}: install with the cache, push, tag an image`)
      .optionsGroup('What:')
      .option('-e, --env <environment>', 'a name, or a folder with a spack.yaml (default: $SPACK_ENV)')
      .option('--spack <dir>', 'the Spack installation (default: $SPACK_ROOT, or found)')
      .option('--to <cache>', 'oci://host/name, oci+http://host/name, or a mirror')
      .addOption(new Option('--mirror <name>', 'the same, by its name among the mirrors').conflicts('to'))
      .option('--targets <list>', "a job each: x86_64_v3,aarch64 (default: the runner's own)", parseList)
      .optionsGroup('Images:')
      .option('--base-image <reference>', 'put the packages on this image, so that they run: ubuntu:24.04')
      .option('--tag <tag>', 'also an image of all roots, of all targets under one tag')
      .optionsGroup('How:')
      .option('--write', 'write the file into the repository of the environment, instead of printing it')
      .option('--force', 'write over a file that holds something else')
      .option('--json', 'print one JSON document')
      .addHelpText('after', ciHelp)
      .action(async (options) => (await import('./ci.ts')).ci(provider, options))
  }
}

function addInstall(program: Command): void {
  addInstallOptions(program.command('install'))
    .description('install packages from a build cache, relocated, into a store that Spack can use')
    .optionsGroup('How:')
    .option('-n, --dry-run', 'show the plan and stop')
    .option('--overwrite', 'replace roots that are installed already')
    .option('--json', 'print one JSON document: the plan, and what became of it')
    .action(async (specs, options) => (await import('./install.ts')).install(specs, options))
  addInstallOptions(program.command('relocate-check'))
    .description('fetch packages of a build cache and say whether they could be installed into a store')
    .optionsGroup('How:')
    .option('--json', 'print one JSON document')
    .action(async (specs, options) => (await import('./install.ts')).relocateCheck(specs, options))
}

function addInstallOptions(command: Command): Command {
  command
    .argument('[spec...]', 'packages of the cache: name, name@version or /hash')
    .optionsGroup('What:')
    .option('-e, --env <environment>', 'all roots of an environment: a name, or a folder with a spack.lock')
    .option('--spack <dir>', 'the Spack installation of that environment (default: $SPACK_ROOT, or found)')
    .option('--sysroot <dir>', 'a folder that stands for / in every path that this Spack wrote')
    .option('--all', 'everything that the cache holds')
    .option('--with-build-dependencies', 'also what was needed to build them')
    .optionsGroup('Where from and where to:')
    .option('--from <cache>', 'oci://host/name, oci+http://host/name, oci-layout:///folder, or a mirror')
    .option('--into <store>', 'the root of a Spack installation, or a folder')
  return addAccessOptions(command)
}

function addCache(program: Command): void {
  const cache = program
    .command('cache')
    .description('the blob store: layers that were packed before')
    .option('--json', 'print one JSON document')
    // An unknown subcommand ends up here; commander would only count it.
    .allowExcessArguments()
    .action(async (options, command: Command) => (await import('./cache.ts')).showCache(options, command.args))
  cache
    .command('clear')
    .description('empty it: the next push packs again')
    .option('--json', 'print one JSON document')
    .action(async (_, command: Command) => (await import('./cache.ts')).clearCache(command.optsWithGlobals()))
}

const ciHelp = `
No secret is written down: the file names those of the CI, such as GITHUB_TOKEN.
Without --force --write shows how the file that is there differs, and leaves it.

Examples:
  strata ci github --env ./envs/tools --to oci://ghcr.io/me/cache --tag tools \\
    --base-image ubuntu:24.04 --targets x86_64_v3,aarch64 --write
  strata ci gitlab --env . --mirror cache
`

const loginHelp = `
It is kept in the system's keychain. Where there is none, nothing is kept unless
--allow-file allows a file, which is not encrypted.

Examples:
  strata login ghcr.io --username me
  pass ghcr | strata login ghcr.io/me --username me --password-stdin
`

const doctorHelp = `
Nothing is left behind: the upload that it tries is cancelled, and what it
deletes cannot be there.

Exit status: 0 all well, or with warnings; 1 something failed, with its likely
cause and what to do; 2 wrong usage, 130 cancelled.

Examples:
  strata doctor oci://ghcr.io/me/cache
  strata doctor oci://registry.example.org:5000/me/cache --ca-file ca.pem
`

const pushHelp = `
A login comes from --username or --token-stdin; else from STRATA_USERNAME and
STRATA_PASSWORD, or STRATA_TOKEN; else from strata login; else from the files of
docker and podman and their helpers; else from Spack's mirrors. strata whoami
shows which.

Exit status: 0 done, 1 failed (wholly or in part), 2 wrong usage, 130 cancelled.
What was done before is not done again: run it once more to go on.

Examples:
  strata push --sample
  strata push --env ./my-env --to oci-layout:///tmp/cache --dry-run
  strata push --env tools --to oci://ghcr.io/me/cache --update-index
  strata push --env tools --to oci+http://127.0.0.1:5000/me/cache \\
    --base-image ubuntu:24.04 --tag tools
`
