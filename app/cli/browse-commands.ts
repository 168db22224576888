import type { Command } from 'commander'
import { addRepositoryOptions } from './repository-options.ts'

/** The commands that look into a repository: names, options and help. */
export function addBrowsing(program: Command): void {
  addRepositoryOptions(program.command('list'))
    .description('list what a repository holds: packages, images, and whether its index knows them')
    .argument('<repository>', 'oci://host/name, oci+http://host/name, oci-layout:///folder, or a mirror')
    .argument('[spec...]', 'only these packages: hdf5@1.14 +mpi %gcc target=zen4, /hash')
    .optionsGroup('How:')
    .option('--sizes', 'also sizes and dates: reads every manifest, each once ever')
    .option('--json', 'print one JSON document')
    .addHelpText('after', listHelp)
    .action(async (repository, specs, options) => (await import('./list.ts')).list(repository, specs, options))
  addRepositoryOptions(program.command('show'))
    .description('show one image layer by layer, or what a repository holds in short')
    .argument('<reference>', 'oci://host/name:tag, …@sha256:…, mirror:tag, or a repository')
    .optionsGroup('How:')
    .option('--json', 'print one JSON document')
    .addHelpText('after', showHelp)
    .action(async (reference, options) => (await import('./show.ts')).show(reference, options))
  addRepositoryOptions(program.command('diff'))
    .description('compare two images: layers, packages, environment variables')
    .argument('<left>', 'oci://host/name:tag, …@sha256:…, or mirror:tag')
    .argument('<right>', 'the same; or only a tag or digest of the same repository')
    .optionsGroup('How:')
    .option('--json', 'print one JSON document')
    .addHelpText('after', diffHelp)
    .action(async (left, right, options) => (await import('./diff.ts')).diff(left, right, options))
}

const listHelp = `
A spec is written as for Spack: name, @version, %compiler@version, target=, os=,
+variant, ~variant, name=value, ^dependency, /hash. Words of one spec go
together in quotes; a package is listed that fits any of the specs.

Examples:
  strata list oci://ghcr.io/me/cache
  strata list oci://ghcr.io/me/cache "hdf5@1.14 +mpi %gcc@13" zlib
  strata list oci-layout:///tmp/cache --sizes
`

const showHelp = `
Who else uses a layer is known when every manifest of the repository has been
read: the first time takes a moment, after that only what is new is read.

Examples:
  strata show oci://ghcr.io/me/cache:tools
  strata show oci://ghcr.io/me/cache
`

const diffHelp = `
Examples:
  strata diff oci://ghcr.io/me/cache:tools-1 tools-2
  strata diff oci://ghcr.io/me/cache:tools oci-layout:///tmp/cache:tools
`
