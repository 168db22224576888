import { IconFileSearch } from '@tabler/icons-react'
import type { ElfFacts, FilePreview, ImageLayer } from '../../../../main/api/catalog.ts'
import { formatBytes } from '../../../../main/api/format.ts'
import { Bytes } from '../../../ui/Bytes.tsx'
import { EmptyState } from '../../../ui/EmptyState.tsx'
import { Path } from '../../../ui/Path.tsx'
import { useRun } from '../use-run.ts'
import { Waits } from '../Waits.tsx'
import css from './files.module.css'
import { hexLines } from './hex.ts'
import { modeWords } from './tree.ts'

interface PreviewProps {
  readonly repository: string
  readonly layer: ImageLayer
  readonly path: string | undefined
}

/** The chosen file: what a program needs to run, the beginning of a text, the bytes of anything else. */
export function Preview({ repository, layer, path }: PreviewProps) {
  return (
    <section className={css.preview} aria-label="Preview">
      {path === undefined ? (
        <EmptyState icon={IconFileSearch} title="Choose a file">
          A text is shown as it is, a program or library with what it needs, everything else as bytes.
        </EmptyState>
      ) : (
        <Loaded key={path} repository={repository} layer={layer} path={path} />
      )}
    </section>
  )
}

function Loaded({ repository, layer, path }: PreviewProps & { readonly path: string }) {
  const { digest, bytes, mediaType } = layer
  const run = useRun(['preview', digest, path], (client, name) =>
    client.call('layer.preview', { repository, digest, bytes, mediaType, path, run: name }),
  )
  if (!run.data) return <Waits run={run} words="Streaming the layer as far as this file" />
  const { file, text, hex, shown, elf } = run.data
  return (
    <>
      <header className={css.previewHead}>
        <h2>{path.split('/').at(-1)}</h2>
        <p>
          <Path value={`/${path}`} />
        </p>
        <p className={css.dim}>
          {kindWords(run.data)} · <Bytes value={file.bytes} /> · <code>{modeWords(file.mode)}</code>
        </p>
      </header>
      {elf && <Elf facts={elf} />}
      {text !== undefined && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable by keyboard
        <pre className={css.text} tabIndex={0}>
          {text}
        </pre>
      )}
      {hex !== undefined && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: as above
        <pre className={css.hex} tabIndex={0}>
          {hexLines(hex).map(({ offset, bytes: row, letters }) => `${offset}  ${row}  ${letters}\n`)}
        </pre>
      )}
      {shown < file.bytes && (text !== undefined || hex !== undefined) && (
        <p className={css.dim}>
          The first {formatBytes(shown)} of {formatBytes(file.bytes)}.
        </p>
      )}
      {file.kind === 'file' && file.bytes === 0 && <p className={css.dim}>The file is empty.</p>}
    </>
  )
}

function kindWords({ file, elf }: FilePreview): string {
  if (elf) return elf.description
  if (file.target !== undefined) return `${file.kind === 'hardlink' ? 'hard link' : 'link'} to ${file.target}`
  return file.kind
}

function Elf({ facts }: { facts: ElfFacts }) {
  const paths = [...facts.rpath.map((p) => ['RPATH', p] as const), ...facts.runpath.map((p) => ['RUNPATH', p] as const)]
  return (
    <dl className={css.elf}>
      {facts.libc !== undefined && (
        <>
          <dt>Needs</dt>
          <dd>
            <b>{facts.libc}</b> or newer
          </dd>
        </>
      )}
      {facts.interpreter !== undefined && (
        <>
          <dt>Interpreter</dt>
          <dd>
            <Path value={facts.interpreter} />
          </dd>
        </>
      )}
      {facts.soname !== undefined && (
        <>
          <dt>SONAME</dt>
          <dd>
            <code>{facts.soname}</code>
          </dd>
        </>
      )}
      <dt>Libraries</dt>
      <dd>
        {facts.needed.length === 0
          ? 'none: it is linked statically'
          : facts.needed.map((library) => (
              <div key={library}>
                <code>{library}</code>{' '}
                <small>{facts.versions.find((v) => v.library === library)?.versions.join(' ')}</small>
              </div>
            ))}
      </dd>
      {paths.map(([name, path]) => (
        <div key={`${name} ${path}`} style={{ display: 'contents' }}>
          <dt>{name}</dt>
          <dd>
            <Path value={path} />
          </dd>
        </div>
      ))}
    </dl>
  )
}
