import type { RoomProps } from '../environments/room.ts'

export function SpackView({ route }: RoomProps) {
  return <p>{route.view}</p>
}
