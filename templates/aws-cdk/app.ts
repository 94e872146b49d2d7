import { App, CfnOutput, Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import type { StackProps } from "aws-cdk-lib";
import { Architecture, Code, Function, LayerVersion, Runtime } from "aws-cdk-lib/aws-lambda";
import type { Construct } from "constructs";
import { join } from "node:path";

const here = import.meta.dirname;
// Always said: without it Lambda assumes x86_64.
const architecture = { x86_64: Architecture.X86_64, arm64: Architecture.ARM_64 }.@ARCHITECTURE@;

export class ProgramStack extends Stack {
  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);

    // Unpacked into /opt: the program is /opt/bin/@PROGRAM@. To bundle it anew at each synth:
    // code: Code.fromCustomCommand("layer.zip", ["bundle", "@PROGRAM@", "-o", "layer.zip", "--force"])
    const layer = new LayerVersion(this, "ProgramLayer", {
      layerVersionName: "@LAYER_NAME@",
      description: "@PROGRAM@ with all that it needs",
      license: "see the packages in @MANIFEST@",
      code: Code.fromAsset(join(here, "layer.zip")),
      compatibleArchitectures: [architecture],
      // Every change makes a new version. The default, DESTROY, would take the older one away at the next deploy, though
      // functions of other stacks may use it. No compatibleRuntimes: the layer brings its own libc and serves all of them.
      removalPolicy: RemovalPolicy.RETAIN,
    });

    const program = new Function(this, "Function", {
      runtime: Runtime.PYTHON_3_14,
      architecture,
      handler: "app.handler",
      code: Code.fromAsset(join(here, "function")),
      layers: [layer],
      memorySize: 512,
      timeout: Duration.seconds(30),
    });

    new CfnOutput(this, "FunctionName", { value: program.functionName });
  }
}

const app = new App();
new ProgramStack(app, "@SERVICE@");
