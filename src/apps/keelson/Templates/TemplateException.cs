namespace Keelson.Cli.Templates;

/// <summary>A template that cannot be read or does not fit its data.</summary>
internal sealed class TemplateException(string message) : KeelsonException(ErrorKind.InvalidArgument, "format: " + message);
