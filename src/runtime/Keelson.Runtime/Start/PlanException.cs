using Keelson.Linux;
using Keelson.Runtime.Plan;

namespace Keelson.Runtime.Start;

/// <summary>A step of a plan failed, in the child or in the parent.</summary>
internal sealed class PlanException(StepName step, Errno errno) : LinuxException(step.Operation, step.Target, errno);
