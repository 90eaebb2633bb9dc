// What each role may do, in words.
import type { Role } from '../api/types';

export const ROLES: { role: Role; may: string }[] = [
  { role: 'viewer', may: 'sees everything, changes nothing' },
  { role: 'operator', may: 'also acknowledges and shelves alarms' },
  { role: 'engineer', may: 'also connects machines and changes the plant' },
  { role: 'admin', may: 'also manages users, tokens and certificates' },
];
