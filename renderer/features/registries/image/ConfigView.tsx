import type { ImageDetail } from '../../../../main/api/catalog.ts'
import { plural } from '../../../../main/api/format.ts'
import { pathList, splitVariable } from '../../../../main/api/variables.ts'
import { CopyButton } from '../../../ui/CopyButton.tsx'
import { Path } from '../../../ui/Path.tsx'
import css from './image.module.css'
import { Section } from './Overview.tsx'

/** Environment variables, what runs, as whom, labels and annotations. */
export function ConfigView({ image }: { readonly image: ImageDetail }) {
  const { config, annotations } = image
  const labels = Object.entries(config?.labels ?? {})
  const notes = Object.entries(annotations)
  return (
    <>
      {config && (
        <Section title="What runs">
          <dl className={css.pairs}>
            <dt>Entry point</dt>
            <dd className={css.mono}>{words(config.entrypoint)}</dd>
            <dt>Command</dt>
            <dd className={css.mono}>{words(config.command)}</dd>
            <dt>Folder</dt>
            <dd className={css.mono}>{config.workingDirectory ?? '/'}</dd>
            <dt>User</dt>
            <dd className={css.mono}>{config.user ?? 'root'}</dd>
            {config.ports.length > 0 && (
              <>
                <dt>Ports</dt>
                <dd className={css.mono}>{config.ports.join(', ')}</dd>
              </>
            )}
          </dl>
        </Section>
      )}
      {config && config.env.length > 0 && (
        <Section title={plural(config.env.length, 'environment variable')}>
          <dl className={css.variables}>
            {config.env.map((line) => (
              <Variable key={line} line={line} />
            ))}
          </dl>
        </Section>
      )}
      <Named title="Labels" entries={labels} />
      <Named title="Annotations of the manifest" entries={notes} />
    </>
  )
}

function words(list: readonly string[]): string {
  return list.length === 0 ? 'none' : list.map((word) => (/[\s"]/.test(word) ? JSON.stringify(word) : word)).join(' ')
}

/** A list of paths stands one a line: that is how one looks for what is in it. */
function Variable({ line }: { line: string }) {
  const { name, value } = splitVariable(line)
  const parts = pathList(value)
  return (
    <>
      <dt>
        {name} <CopyButton value={value} what={name} />
      </dt>
      <dd>
        {parts.map((part, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the same path may stand in it twice
          <div key={i}>{part === '' ? '(empty)' : <Path value={part} />}</div>
        ))}
      </dd>
    </>
  )
}

function Named({ title, entries }: { title: string; entries: readonly (readonly [string, string])[] }) {
  if (entries.length === 0) return undefined
  return (
    <Section title={title}>
      <dl className={css.variables}>
        {entries.map(([name, value]) => (
          <div key={name} style={{ display: 'contents' }}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </Section>
  )
}
