export default { server: { host: process.env.VITE_HOST } }
