import { defineConfig } from 'vitest/config'
export default defineConfig({ test: { reporters: ['default','junit'], outputFile: { junit: 'reports/junit.xml' }, coverage: { reporter: ['cobertura'], reportsDirectory: 'reports/coverage' } } })
