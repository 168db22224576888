import { Button, SegmentedControl } from '@mantine/core'
import { IconCheck, IconPencil } from '@tabler/icons-react'
import { useState } from 'react'
import type { CiFile, CiRecipe } from '../../../main/api/ci.ts'
import type { ErrorBody } from '../../../main/api/errors.ts'
import { errorBody } from '../../client.ts'
import { useClient } from '../../engine.ts'
import { Command } from '../../ui/Command.tsx'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { Diff } from '../../ui/Diff.tsx'
import { ErrorPanel } from '../../ui/ErrorPanel.tsx'
import { Path } from '../../ui/Path.tsx'
import acts from '../registries/acts/acts.module.css'
import css from './ci.module.css'
import type { RecipeInput } from './draft.ts'
import { YamlText } from './YamlText.tsx'

interface RecipeProps {
  readonly recipe: CiRecipe
  readonly request: RecipeInput
  /** Another one is being made: what is shown is not what the form says. */
  readonly stale: boolean
  /** Makes the recipe anew: what is in the repository has changed. */
  readonly again: () => void
}

/** The files of a recipe, each whole or as a difference, and how they come into the repository. */
export function RecipeView(props: RecipeProps) {
  const { folder, files, command } = props.recipe
  // What would change is what one wants to see first.
  const [shown, setShown] = useState<Shown>('difference')
  return (
    <>
      {files.map((file) => (
        <FileView key={file.path} file={file} folder={folder} shown={shown} onShown={setShown} />
      ))}
      <WriteFiles {...props} onRefused={() => setShown('difference')} />
      <Command value={command} />
    </>
  )
}

type Shown = 'file' | 'difference'

function FileView(props: { file: CiFile; folder: string | undefined; shown: Shown; onShown: (shown: Shown) => void }) {
  const { file, folder, onShown } = props
  const { path, text, existing, diff } = file
  const shown = diff === undefined ? 'file' : props.shown
  return (
    <section className={css.file} aria-label={path}>
      <header>
        <h2>
          <Path value={folder === undefined ? path : `${folder}/${path}`} limit={90} />
        </h2>
        <small>{folder === undefined ? '' : whatIsThere(existing, diff)}</small>
        {diff !== undefined && (
          <SegmentedControl
            aria-label="Show"
            data={[
              { value: 'difference', label: 'Difference' },
              { value: 'file', label: 'File' },
            ]}
            value={shown}
            onChange={(value) => onShown(value === 'file' ? 'file' : 'difference')}
          />
        )}
        <CopyButton value={text} what={path} />
      </header>
      {shown === 'difference' && diff !== undefined ? (
        <Diff value={diff} label={`Difference of ${path}`} />
      ) : (
        <YamlText value={text} label={`Text of ${path}`} />
      )}
    </section>
  )
}

function whatIsThere(existing: string | undefined, diff: string | undefined): string {
  if (existing === undefined) return 'new'
  return diff === undefined ? 'there already, the same' : 'there is another'
}

const inTheWay = 'The difference above is what writing over it changes.'

/** The button that writes; where another file is in the way, what would change is shown and a second one writes over it. */
function WriteFiles({ recipe, request, stale, again, onRefused }: RecipeProps & { onRefused: () => void }) {
  const client = useClient()
  const [error, setError] = useState<ErrorBody>()
  const [writing, setWriting] = useState(false)
  const [written, setWritten] = useState(false)
  const { folder, files } = recipe
  const changed = files.some(({ text, existing }) => existing !== text)

  async function write(force: boolean): Promise<void> {
    setWriting(true)
    setError(undefined)
    try {
      await client.call('ci.write', { ...request, force })
      setWritten(true)
      again()
    } catch (thrown) {
      setError(errorBody(thrown))
      onRefused()
    } finally {
      setWriting(false)
    }
  }

  if (folder === undefined) {
    return (
      <p className={css.noRepository}>
        There is no git repository to write into: copy the file into the one that is to hold the environment.
      </p>
    )
  }
  const names = files.map(({ path }) => path).join(', ')
  return (
    <div className={css.write}>
      {error && (
        <ErrorPanel error={error.code === 'file-exists' ? { ...error, hint: inTheWay } : error}>
          {error.code === 'file-exists' && (
            <Button className={acts.dangerous} loading={writing} disabled={stale} onClick={() => void write(true)}>
              Overwrite {names}
            </Button>
          )}
        </ErrorPanel>
      )}
      <div className={css.actions}>
        <Button
          leftSection={<IconPencil size={15} />}
          loading={writing}
          disabled={!changed || stale}
          onClick={() => void write(false)}
        >
          Write into the repository
        </Button>
        <span role="status">
          {!changed && (
            <>
              <IconCheck size={15} aria-hidden /> {written ? 'Written to' : 'There already, in'} <Path value={folder} />
            </>
          )}
        </span>
      </div>
    </div>
  )
}
