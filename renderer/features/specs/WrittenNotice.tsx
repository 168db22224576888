import { Button, CloseButton } from '@mantine/core'
import { IconCheck } from '@tabler/icons-react'
import type { EnvironmentRef } from '../../../main/api/models.ts'
import type { SpackAction } from '../../../main/api/spack-runs.ts'
import { refKey } from '../../app/routes.ts'
import { navigate } from '../../app/use-route.ts'
import { useSpecsDrafts, type Written } from './drafts.ts'
import css from './specs.module.css'

const next: Readonly<Record<Written['kind'], { words: string; run: SpackAction; verb: string }>> = {
  roots: {
    words: 'Written. What is installed changes when the environment is concretized.',
    run: 'concretize',
    verb: 'Concretize…',
  },
  text: {
    words: 'Written. Roots and configuration count when the environment is concretized.',
    run: 'concretize',
    verb: 'Concretize…',
  },
  view: { words: 'Written. Spack makes the view anew with the next install.', run: 'install', verb: 'Install…' },
}

/** What was written last, and the step that follows. */
export function WrittenNotice({ at }: { readonly at: EnvironmentRef }) {
  const written = useSpecsDrafts((drafts) => drafts.written[refKey(at)])
  const { tell } = useSpecsDrafts.getState()
  if (!written) return undefined
  const { words, run, verb } = next[written.kind]
  return (
    <div className={css.written} role="status">
      <IconCheck size={16} aria-hidden />
      <p>
        {words}
        {written.merged && ' Somebody else had changed the file meanwhile: both changes are in it.'}
      </p>
      <Button
        variant="default"
        onClick={() => {
          tell(at, undefined)
          navigate({ screen: 'environments', ref: at, view: 'spack', run })
        }}
      >
        {verb}
      </Button>
      <CloseButton size="sm" aria-label="Dismiss" onClick={() => tell(at, undefined)} />
    </div>
  )
}
