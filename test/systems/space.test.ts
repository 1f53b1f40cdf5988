/** The workers of Space for real; how they are handled by supervisord's commands is in test/e2e/space.test.ts. */
import { space } from "../../scripts/systems/space.ts";
import { stage } from "./stage.ts";

stage(space, { backWithinMs: 1000 });
