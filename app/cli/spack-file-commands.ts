import { Argument, type Command } from 'commander'
import { collect, parseLength } from './values.ts'

/** The commands that change Spack's own files: names, options and help. */
export function addSpackFiles(program: Command, env: Command): void {
  addEnvironmentEdits(env)
  addMirrors(program)
  addPadding(program)
}

function addWhere(command: Command): Command {
  return command
    .optionsGroup('Whose:')
    .option('-e, --env <environment>', 'a name, or a folder with a spack.yaml (default: $SPACK_ENV)')
    .option('--spack <dir>', 'the Spack installation (default: $SPACK_ROOT, or found)')
    .option('--sysroot <dir>', 'a folder that stands for / in every path that Spack wrote')
}

function addWriting(command: Command): Command {
  return command
    .optionsGroup('How:')
    .option('-n, --dry-run', 'show the difference and stop')
    .option('-y, --yes', 'write without asking')
    .option('--force', 'with --yes: write also what Spack would refuse')
    .option('--json', 'print one JSON document: the plan, and what became of it')
}

function addEnvironmentEdits(env: Command): void {
  addWriting(
    env
      .command('create')
      .description('make a new environment')
      .argument('[name]', 'its name in the Spack installation')
      .option('--dir <folder>', 'make it in this folder instead')
      .option('--add <spec>', 'with this root; repeatable', collect)
      .option('--without-view', 'without a view')
      .option('--with-view <folder>', 'with its view in this folder')
      .option('--spack <dir>', 'the Spack installation (default: $SPACK_ROOT, or found)'),
  ).action(async (name, options) => (await import('./env-edit.ts')).createEnvironment(name, options))
  addWriting(
    addWhere(env.command('add').description('add roots').argument('<spec...>', 'as in hdf5@1.14 +mpi')),
  ).action(async (specs, options) => (await import('./env-edit.ts')).addSpecs(specs, options))
  addWriting(
    addWhere(env.command('remove').description('remove roots').argument('<spec...>', 'as it stands, or its name')),
  ).action(async (specs, options) => (await import('./env-edit.ts')).removeSpecs(specs, options))
  addWriting(
    addWhere(
      env
        .command('change')
        .description('write a root anew, in its place')
        .argument('<spec>', 'as it stands, or its name')
        .argument('<new>', 'the new spec'),
    ),
  ).action(async (from, to, options) => (await import('./env-edit.ts')).changeSpec(from, to, options))
  addWriting(
    addWhere(env.command('view').description('set the view').argument('<view>', 'on, off, or a folder')),
  ).action(async (view, options) => (await import('./env-edit.ts')).setView(view, options))
  addWriting(
    addWhere(env.command('edit').description('edit spack.yaml in $VISUAL or $EDITOR, with checks before it is written'))
      .optionsGroup('What:')
      .option('--from <file>', 'the new text from a file, or - for standard input'),
  ).action(async (options) => (await import('./env-edit.ts')).editEnvironment(options))
  addWhere(env.command('check').description('check a spack.yaml against what this Spack accepts'))
    .optionsGroup('How:')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExit status: 0 nothing is wrong, or warnings; 1 Spack would refuse the file.\n')
    .action(async (options) => (await import('./env-edit.ts')).checkEnvironment(options))
}

function addMirrors(program: Command): void {
  const mirror = program.command('mirror').description("look at Spack's mirrors, and change them")
  addWhere(mirror.command('list').description('list the mirrors that count, with the file that each comes from'))
    .optionsGroup('How:')
    .option('--json', 'print one JSON document')
    .action(async (options) => (await import('./mirror.ts')).listMirrors(options))
  addWriting(
    addSettings(
      addScope(
        mirror
          .command('add')
          .description('add a mirror')
          .argument('<name>', 'what it is called')
          .argument('[url]', 'oci://host/name, oci+http://…, https://…, s3://…, file:///… or a folder'),
      ),
    ).option('--only', 'write mirrors::, so that mirrors of lower scopes do not count'),
  )
    .addHelpText('after', mirrorHelp)
    .action(async (name, url, options) => (await import('./mirror.ts')).addMirror(name, url, options))
  addWriting(
    addSettings(addScope(mirror.command('set').description('change a mirror').argument('<name>', 'which one')))
      .option('--url <url>', 'its URL, for reading and writing')
      .option('--no-login', 'take its login out of the file')
      .option('--hide-secret <variable>', 'put the name of an environment variable where its password stands')
      .option('--keep-secret', "take its login out of the file, into Strata's keychain"),
  )
    .addHelpText('after', mirrorHelp)
    .action(async (name, options) => (await import('./mirror.ts')).setMirror(name, options))
  addWriting(addScope(mirror.command('remove').description('remove a mirror').argument('<name>', 'which one'))).action(
    async (name, options) => (await import('./mirror.ts')).removeMirror(name, options),
  )
  addOnly(mirror)
}

function addOnly(mirror: Command): void {
  addWriting(
    addScope(
      mirror
        .command('only')
        .description('use only the mirrors of a scope (mirrors::), or those of lower scopes, too')
        .addArgument(new Argument('<switch>', 'on or off').choices(['on', 'off'])),
    ),
  ).action(async (value, options) => (await import('./mirror.ts')).onlyMirrors(value === 'on', options))
}

function addScope(command: Command): Command {
  return addWhere(command).option(
    '--scope <scope>',
    'env, user, site or system (default: where it stands, else the first)',
  )
}

function addSettings(command: Command): Command {
  return command
    .optionsGroup('What:')
    .option('--fetch <url>', 'read from here instead')
    .option('--push <url>', 'write to here instead')
    .option('--unsigned', 'packages are not signed: what every registry needs')
    .option('--signed', 'packages are signed')
    .option('--autopush', 'Spack pushes after each install')
    .option('--no-autopush', 'it does not')
    .option('--type <type>', 'binary or source; repeatable', collect)
    .option('--username <name>', 'the user')
    .option('--username-variable <variable>', 'the environment variable that holds the user')
    .option('--password-variable <variable>', 'the environment variable that holds the password (Spack 0.23)')
    .option('--password-stdin', 'write the password into the file, for a Spack before 0.23')
    .option('--token-variable <variable>', 'the environment variable that holds a token (Spack 0.23)')
}

function addPadding(program: Command): void {
  addWriting(
    addWhere(
      program.command('padding').description('how far installed packages can be moved, and what padding would change'),
    )
      .optionsGroup('What:')
      .option('--into <store>', 'a Spack installation or a folder: which packages are too long for it?')
      .option('--length <n>', 'what this padded_length would mean', parseLength)
      .option('--set <n>', 'write it: config:install_tree:padded_length; 0 takes it away', parseLength)
      .option('--scope <scope>', 'env, user, site or system'),
  )
    .addHelpText('after', paddingHelp)
    .action(async (options) => (await import('./padding.ts')).padding(options))
}

const mirrorHelp = `
A password never stands on the command line. Spack 0.23 and newer read it from an
environment variable; for an older one it stands in the file, or Strata keeps it:
strata login.

Examples:
  strata mirror add --env ./tools cache oci://ghcr.io/me/cache --unsigned \\
    --username me --password-variable GITHUB_TOKEN
  strata mirror set --env ./tools cache --hide-secret GITHUB_TOKEN
`

const paddingHelp = `
Binaries hold the paths that they were built with. Moved to another store, such a
path can become shorter, never longer: a store with a long root gives packages
that can be installed anywhere.

Examples:
  strata padding --into ~/other/spack
  strata padding --length 128
  strata padding --set 128 --scope site
`
