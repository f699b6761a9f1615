export function camelCase(name: string): string;
export function coverage(torch: object): { path: string; present: string[]; absent: string[] }[];
export function withTable(readme: string, torch: object): string;
