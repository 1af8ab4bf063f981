using System.Collections;
using System.Text;
using Keelson.Daemon.Configuration;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Notary.Pkcs11;

namespace Keelson.Daemon.Notary;

/// <summary>A token that has the keys: <c>module</c>, <c>token_label</c>, <c>token_serial</c>, <c>pin_file</c>; a variable of the environment may have the PIN instead.</summary>
internal sealed class TokenConfig
{
    /// <summary>Names of its keys.</summary>
    public static readonly string[] Keys = ["module", "token_label", "token_serial", "pin_file"];

    private const int PinLimitBytes = 4096;
    private const uint OthersMask = 0b111;

    private readonly string module, label, pinFile;
    private readonly string? serial, pin;

    private TokenConfig(string module, string label, string? serial, string pinFile, string? pin) => (this.module, this.label, this.serial, this.pinFile, this.pin) = (module, label, serial, pinFile, pin);

    /// <summary>Reads it.</summary>
    /// <param name="file">The configuration.</param>
    /// <param name="section">The table that has it.</param>
    /// <param name="variables">The environment.</param>
    /// <param name="variable">Which variable may have the PIN.</param>
    /// <exception cref="KeelsonException">InvalidArgument: something is missing, or the PIN is where the configuration is.</exception>
    public static TokenConfig Read(NotaryFile file, ConfigSection section, IDictionary variables, string variable)
    {
        string? pin = variables[variable] is string { Length: > 0 } value ? value : null, pinFile = file.Place(section, "pin_file");
        if (section.Text("pin") is not null) throw section.Wrong("pin", $"a PIN does not belong here but into a file of its own, pin_file, or into {variable}");
        if (pin is null && pinFile is null) throw section.Wrong("pin_file", $"is missing, and so is {variable}");
        return new(
            file.Place(section, "module") ?? throw section.Wrong("module", "is missing"),
            section.Text("token_label") is { Length: > 0 } label ? label : throw section.Wrong("token_label", "is missing"),
            section.Text("token_serial") is { Length: > 0 } serial ? serial : null, pinFile ?? "", pin);
    }

    /// <summary>Opens the keys.</summary>
    /// <exception cref="KeelsonException">The module, the token or the PIN is not there or not the right one; PermissionDenied: others may read the file of the PIN.</exception>
    public async Task<TokenKeyService> OpenAsync(CancellationToken cancel) =>
        await TokenKeyService.OpenAsync(new() { Module = module, Token = new() { Label = label, SerialNumber = serial, Pin = pin ?? ReadPin() } }, cancel).ConfigureAwait(false);

    private string ReadPin()
    {
        const string operation = "read PIN";
        Files.TryOpen(pinFile, OpenFlags.O_RDONLY | OpenFlags.O_CLOEXEC, out FdHandle? handle).ThrowIfError(operation, pinFile);
        using FdHandle opened = handle!;
        Files.TryStatus(opened.Fd, out FileStatus status).ThrowIfError(operation, pinFile);
        if ((status.Mode & OthersMask) != 0) throw new KeelsonException(ErrorKind.PermissionDenied, $"{operation} {pinFile}: everybody may use the file; chmod o= takes that back");
        Files.TryReadAll(opened.Fd, out ReadOnlyMemory<byte> content, PinLimitBytes).ThrowIfError(operation, pinFile);
        string pin = Encoding.UTF8.GetString(content.Span).TrimEnd('\r', '\n');
        return pin.Length > 0 ? pin : throw new KeelsonException(ErrorKind.InvalidArgument, $"{operation} {pinFile}: it is empty");
    }
}
