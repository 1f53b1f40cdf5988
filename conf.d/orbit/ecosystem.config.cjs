/**
 * The team's ecosystem file, as PM2 ran it: `pm2 start ecosystem.config.cjs`. It is kept for its successor's sake:
 *
 *   spacectl import pm2 conf.d/orbit/ecosystem.config.cjs --allow-exec
 *
 * prints the beginning of conf.d/orbit.yaml.
 */
module.exports = {
  apps: [
    {
      name: "orbit-worker",
      script: "./src/worker.js",
      instances: 3, // Number of worker instances
      exec_mode: "fork",
      autorestart: true, // Auto-restart on crash
      watch: false, // Don't watch files in production
      max_memory_restart: "500M", // Restart if memory exceeds
      env: {
        NODE_ENV: "production",
        POLL_INTERVAL: "1000", // High throughput: many short runs
        METRICS_INTERVAL: "300000",
      },
      env_staging: {
        NODE_ENV: "staging",
        LOG_LEVEL: "debug",
      },
      error_file: "./logs/worker-error.log",
      out_file: "./logs/worker-out.log",
      log_date_format: "YYYY-MM-DD HH:mm:ss Z",
      merge_logs: true,
      max_size: "10M",
      max_files: 10,
    },
    {
      name: "orbit-server",
      script: "./src/server.js",
      instances: 1,
      exec_mode: "fork",
      autorestart: true,
      max_memory_restart: "1G",
      env: {
        NODE_ENV: "production",
        PORT: "3000",
      },
    },
  ],
};
