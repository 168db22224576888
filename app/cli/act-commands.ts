import type { Command } from 'commander'
import { addRepositoryOptions, addTargetLoginOptions } from './repository-options.ts'
import { collect, parseCount, parseDays } from './values.ts'

/** The commands that change a repository's tags, or look whether all is well with them: names, options and help. */
export function addActs(program: Command): void {
  addTag(program)
  addCopy(program)
  addDelete(program)
  addIndex(program)
  addCheck(program)
  addPrune(program)
}

const where = 'oci://host/name, oci+http://host/name, oci-layout:///folder, or a mirror'

function addTag(program: Command): void {
  addRepositoryOptions(program.command('tag'))
    .description('give an image further tags; what has one of them loses it')
    .argument('<image>', 'the image: oci://host/name:tag, …@sha256:…, or mirror:tag')
    .argument('<tag...>', 'its new tags')
    .optionsGroup('How:')
    .option('-n, --dry-run', 'show what would change and stop')
    .option('--json', 'print one JSON document: the plan, and what became of it')
    .action(async (image, tags, options) => (await import('./tag.ts')).tag(image, tags, options))
}

function addCopy(program: Command): void {
  const copy = addRepositoryOptions(program.command('copy'))
    .description('copy images, with the packages that they need, to another repository, registry or folder')
    .argument('<from>', where)
    .argument('<to>', 'likewise')
    .argument('[tag...]', 'tags, or packages of the cache: name, name@version, +variant, target=…, /hash')
    .optionsGroup('What:')
    .option('--all', 'everything that the repository holds')
    .option('--without-dependencies', 'of packages only those that were named')
  addTargetLoginOptions(copy)
    .optionsGroup('How:')
    .option('--without-index', "leave the target's index.spack as it is")
    .option('-n, --dry-run', 'show the plan and stop')
    .option('--json', 'print one JSON document: the plan, and what became of it')
    .addHelpText('after', copyHelp)
    .action(async (from, to, tags, options) => (await import('./copy.ts')).copy(from, to, tags, options))
}

function addDelete(program: Command): void {
  addRepositoryOptions(program.command('delete'))
    .description('delete tags; shows what goes with them and what would miss them, unless --yes')
    .argument('<repository>', where)
    .argument('<tag...>', 'as they stand')
    .optionsGroup('How:')
    .option('--yes', 'delete; without it the plan is shown and nothing is changed')
    .option('--without-index', 'leave index.spack as it is')
    .option('--json', 'print one JSON document: the plan, and what became of it')
    .addHelpText('after', deleteHelp)
    .action(async (repository, tags, options) => (await import('./delete.ts')).deleteTags(repository, tags, options))
}

function addIndex(program: Command): void {
  addRepositoryOptions(program.command('index'))
    .description('bring index.spack up to date: what Spack lists of a build cache')
    .argument('<repository>', where)
    .optionsGroup('How:')
    .option('-n, --dry-run', 'show what would change and stop')
    .option('--json', 'print one JSON document: the plan, and what became of it')
    .addHelpText('after', indexHelp)
    .action(async (repository, options) => (await import('./index-cache.ts')).indexCache(repository, options))
}

function addCheck(program: Command): void {
  addRepositoryOptions(program.command('check'))
    .description('check that all that a repository refers to is there, with the right size')
    .argument('<repository>', where)
    .argument('[tag...]', 'these tags, or packages of the cache: name, name@version, /hash (default: all)')
    .optionsGroup('How:')
    .option('--deep', 'read every blob and verify its digest')
    .option('--json', 'print one JSON document: the plan, and what was found')
    .addHelpText('after', checkHelp)
    .action(async (repository, tags, options) => (await import('./check.ts')).check(repository, tags, options))
}

function addPrune(program: Command): void {
  addRepositoryOptions(program.command('prune'))
    .description('delete the packages of a build cache that nothing kept needs; shows them, unless --yes')
    .argument('<repository>', where)
    .optionsGroup('What is kept, with all that it needs at run time:')
    .option(
      '--keep-env <environment>',
      "the roots of an environment's lockfile: a name, or a folder; repeatable",
      collect,
    )
    .option('--keep <package>', 'a tag, name, name@version or /hash; a name keeps all of it; repeatable', collect)
    .option('--newest <n>', 'of each name the newest so many versions', parseCount)
    .option('--days <n>', 'what was made within so many days', parseDays)
    .option('--with-build-dependencies', 'also what the kept packages were built with')
    .optionsGroup('How:')
    .option('--yes', 'delete; without it the plan is shown and nothing is changed')
    .option('--json', 'print one JSON document: the plan, and what became of it')
    .addHelpText('after', pruneHelp)
    .action(async (repository, options) => (await import('./prune.ts')).prune(repository, options))
}

const copyHelp = `
What the target has is not sent again: after a failure run it once more to go on.
Within one registry nothing is sent where it can link its blobs. Signatures and
other referrers go along where they have tags of their own. STRATA_USERNAME,
STRATA_PASSWORD and STRATA_TOKEN are for the source alone.

Examples:
  strata copy oci://ghcr.io/me/cache oci-layout:///tmp/cache hdf5
  strata copy oci://ghcr.io/me/cache oci://registry.example.org/team/cache --all
`

const deleteHelp = `
Layers that other images need stay. A registry frees the space when its garbage
collection runs; a folder at once.

Examples:
  strata delete oci://ghcr.io/me/cache old-tools
  strata delete oci://ghcr.io/me/cache old-tools --yes
`

const indexHelp = `
Only packages that the index lacks are read; those whose tag is gone leave it.
Nothing is written when nothing changed. Spack reads the index for
"spack buildcache list" and before it installs.

Examples:
  strata index oci://ghcr.io/me/cache --dry-run
  strata index oci-layout:///tmp/cache
`

const checkHelp = `
Exit status: 0 all well, or with warnings; 1 something is missing or damaged, or
the check failed; 2 wrong usage, 130 cancelled.

Examples:
  strata check oci://ghcr.io/me/cache
  strata check oci://ghcr.io/me/cache hdf5 --deep
`

const pruneHelp = `
Environment images, other images and index.spack are never deleted. A registry
frees the space when its garbage collection runs; a folder at once.

Examples:
  strata prune oci://ghcr.io/me/cache --keep-env ./my-env --newest 2
  strata prune oci://ghcr.io/me/cache --keep-env ./my-env --days 30 --yes
`
