using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Keelson.Oci;
using Keelson.Runtime;
using Keelson.Runtime.Containers;

namespace Keelson.RuntimeCli.Commands;

/// <summary><c>list [--format table|json] [--quiet]</c>.</summary>
internal static class ListCommand
{
    /// <summary>Prints all containers. One whose state is damaged is left out with a warning.</summary>
    public static int Run(GlobalOptions options, ArgumentReader reader)
    {
        bool isJson = false, isQuiet = false;
        reader.ReadAll(name =>
        {
            if (name is "format" or "f") isJson = reader.Choice("table", "json");
            else if (name is "quiet" or "q") isQuiet = reader.Switch();
            else throw reader.Unknown();
        }, most: 0);
        if (isQuiet) WriteNames(options);
        else if (isJson) WriteJson(options);
        else WriteTable(options);
        return 0;
    }

    private static void ForEach(GlobalOptions options, Action<Container> action)
    {
        ContainerRuntime runtime = options.NewRuntime();
        foreach (string id in runtime.List())
        {
            try
            {
                using Container? container = runtime.Find(id);
                if (container is not null) action(container);
            }
            catch (KeelsonException e)
            {
                options.Log.Warning("list: " + e.FullMessage);
            }
        }
    }

    private static void WriteNames(GlobalOptions options)
    {
        StringBuilder names = new();
        ForEach(options, c => names.Append(c.Id).Append('\n'));
        Output.Write(names.ToString());
    }

    private static void WriteTable(GlobalOptions options)
    {
        TextTable table = new();
        table.Add("ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER");
        ForEach(options, c =>
        {
            ContainerStatus status = c.Status;
            string pid = (status == ContainerStatus.Stopped ? 0 : c.Pid).ToString(CultureInfo.InvariantCulture);
            table.Add(c.Id, pid, StatusName.Of(status), c.Bundle, c.Created, StateCommand.Owner(c));
        });
        Output.Write(table.ToString());
    }

    /// <summary>As runC writes it: <c>null</c> for no containers.</summary>
    private static void WriteJson(GlobalOptions options)
    {
        ArrayBufferWriter<byte> buffer = new(4096);
        bool isEmpty = true;
        using (Utf8JsonWriter json = new(buffer))
        {
            ForEach(options, c =>
            {
                if (isEmpty) json.WriteStartArray();
                isEmpty = false;
                StateCommand.Write(json, c);
            });
            if (isEmpty) json.WriteNullValue();
            else json.WriteEndArray();
        }
        buffer.Write("\n"u8);
        Output.Write(buffer.WrittenSpan);
    }
}
