using System.Collections;
using System.Reflection;
using CsCheck;

namespace Keelson.Oci.Tests;

public class RoundTripTests
{
    [Fact]
    public void Any_configuration_that_is_written_is_read_the_same()
    {
        Gen.ULong.Select(seed => (RuntimeSpec)new Generator(seed).Make(typeof(RuntimeSpec))).Sample(spec =>
            Model.AssertEqual(spec, RuntimeSpecParser.Parse(RuntimeSpecWriter.ToUtf8(spec, indented: false))), iter: 2_000);
    }

    [Fact]
    public void Any_process_limits_or_filter_that_is_written_is_read_the_same()
    {
        Gen.ULong.Select(seed => new Generator(seed)).Sample(make =>
        {
            ProcessSpec process = (ProcessSpec)make.Make(typeof(ProcessSpec));
            Model.AssertEqual(process, ProcessSpecParser.Parse(RuntimeSpecWriter.ToUtf8(process)));
            LinuxResources resources = (LinuxResources)make.Make(typeof(LinuxResources));
            Model.AssertEqual(resources, LinuxResourcesParser.Parse(RuntimeSpecWriter.ToUtf8(resources)));
            SeccompProfile profile = (SeccompProfile)make.Make(typeof(SeccompProfile));
            Model.AssertEqual(profile, SeccompProfileParser.Parse(RuntimeSpecWriter.ToUtf8(profile)));
        }, iter: 500, threads: 1);
    }

    [Fact]
    public void The_generator_reaches_every_property()
    {
        HashSet<string> reached = [];
        for (ulong seed = 0; seed < 200; seed++) Reach(new Generator(seed).Make(typeof(RuntimeSpec)), reached);
        HashSet<string> all = [];
        Collect(typeof(RuntimeSpec), all);
        Assert.Empty(all.Except(reached).Order());
    }

    private static void Reach(object? value, HashSet<string> reached)
    {
        if (value is null or string || value.GetType().IsEnum || value.GetType().IsPrimitive) return;
        if (value is IDictionary map) foreach (object? item in map.Values) Reach(item, reached);
        else if (value is Array array) foreach (object? item in array) Reach(item, reached);
        else
        {
            object fresh = Activator.CreateInstance(value.GetType())!;
            foreach (PropertyInfo property in Model.Properties(value.GetType()))
            {
                object? own = property.GetValue(value);
                bool isEmpty = own is ICollection { Count: 0 } || Equals(own, property.GetValue(fresh));
                if (!isEmpty) reached.Add($"{value.GetType().Name}.{property.Name}");
                Reach(own, reached);
            }
        }
    }

    private static void Collect(Type type, HashSet<string> all)
    {
        foreach (PropertyInfo property in Model.Properties(type))
        {
            if (!all.Add($"{type.Name}.{property.Name}")) continue;
            Type inner = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
            if (inner.IsArray) inner = inner.GetElementType()!;
            else if (inner.IsGenericType) inner = inner.GetGenericArguments()[1];
            if (inner != typeof(string) && !inner.IsEnum && !inner.IsPrimitive) Collect(inner, all);
        }
    }

    /// <summary>Makes models of any type with values that the specification allows the form of.</summary>
    private sealed class Generator(ulong seed)
    {
        private static readonly string[] Pieces = ["a", "/", "proc", " ", "é", "€", "😀", "\"", "\\", "\n", "\t", "\u0001", "\u007f", "\u2028", "=", "0", "<", "&", "'", "."];

        private static readonly NullabilityInfoContext Nullability = new();

        private readonly Random random = new((int)(seed ^ (seed >> 32)));

        public object Make(Type type)
        {
            object model = Activator.CreateInstance(type)!;
            foreach (PropertyInfo property in Model.Properties(type))
            {
                bool mayBeNull;
                lock (Nullability) mayBeNull = Nullability.Create(property).WriteState == NullabilityState.Nullable;
                if (mayBeNull && random.Next(3) == 0) continue;
                // A device node is of any type but "all", a rule of those that rules have.
                if (type == typeof(DeviceSpec) && property.Name == nameof(DeviceSpec.Type)) property.SetValue(model, Pick(DeviceKind.Block, DeviceKind.Char, DeviceKind.Unbuffered, DeviceKind.Fifo));
                else if (type == typeof(DeviceRule) && property.Name == nameof(DeviceRule.Type)) property.SetValue(model, Pick(DeviceKind.All, DeviceKind.Block, DeviceKind.Char));
                else if (type == typeof(DeviceRule) && property.PropertyType == typeof(long?)) property.SetValue(model, (long)random.Next());
                else property.SetValue(model, Value(property.PropertyType, isElement: type == typeof(SeccompRule) && property.Name == nameof(SeccompRule.Names)));
            }
            return model;
        }

        private object Value(Type type, bool isElement = false)
        {
            type = Nullable.GetUnderlyingType(type) ?? type;
            if (type == typeof(string)) return Text(isElement ? 0 : 1);
            if (type == typeof(bool)) return random.Next(2) == 0;
            if (type == typeof(ushort)) return (ushort)Edge(ushort.MaxValue);
            if (type == typeof(int)) return (int)(uint)Edge(uint.MaxValue);
            if (type == typeof(uint)) return (uint)Edge(uint.MaxValue);
            if (type == typeof(long)) return (long)Edge(ulong.MaxValue);
            if (type == typeof(ulong)) return Edge(ulong.MaxValue);
            if (type == typeof(IdMapping)) return new IdMapping((uint)Edge(uint.MaxValue), (uint)Edge(uint.MaxValue), (uint)Edge(uint.MaxValue));
            if (type.IsEnum) return Enumeration(type);
            if (type.IsArray)
            {
                Array array = Array.CreateInstance(type.GetElementType()!, isElement ? random.Next(1, 4) : random.Next(4));
                for (int i = 0; i < array.Length; i++) array.SetValue(Value(type.GetElementType()!, isElement: true), i);
                return array;
            }
            if (type.IsGenericType)
            {
                IDictionary map = (IDictionary)Activator.CreateInstance(type)!;
                for (int i = random.Next(4); i > 0; i--) map[Text(0)] = Value(type.GetGenericArguments()[1], isElement: true);
                return map;
            }
            return Make(type);
        }

        private object Enumeration(Type type)
        {
            Array values = Enum.GetValues(type);
            if (!type.IsDefined(typeof(FlagsAttribute))) return values.GetValue(random.Next(values.Length))!;
            // No access at all is written like access that is not given.
            ulong flags = type == typeof(DeviceAccess) ? 1UL : 0;
            foreach (object value in values)
                if (random.Next(2) == 0) flags |= Convert.ToUInt64(value);
            return Enum.ToObject(type, flags);
        }

        private ulong Edge(ulong most) => random.Next(5) switch
        {
            0 => 0,
            1 => most,
            2 => most / 2,
            3 => most / 2 + 1,
            _ => (ulong)random.NextInt64() % most,
        };

        private string Text(int least) => string.Concat(Enumerable.Range(0, random.Next(least, 6)).Select(_ => Pieces[random.Next(Pieces.Length)]));

        private DeviceKind Pick(params ReadOnlySpan<DeviceKind> kinds) => kinds[random.Next(kinds.Length)];
    }
}
