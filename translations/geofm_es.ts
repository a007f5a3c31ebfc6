<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="es">
<context>
    <name>GeoFM</name>
    <message>
        <location filename="../geofm_qgis/algorithms/area.py"/>
        <source>Area of interest (polygons)</source>
        <translation>Área de interés (polígonos)</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/algorithms/area.py"/>
        <source>Area of interest (extent)</source>
        <translation>Área de interés (extensión)</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/algorithms/area.py"/>
        <source>A rectangle instead of polygons.</source>
        <translation>Un rectángulo en lugar de polígonos.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/algorithms/declared.py"/>
        <source>{format} files (*{suffix})</source>
        <translation>Archivos {format} (*{suffix})</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/algorithms/inputs.py"/>
        <source>“{one}” and “{other}” cannot both be given; leave one of them empty.</source>
        <translation>“{one}” y “{other}” no se pueden dar a la vez; deje uno de los dos vacío.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/algorithms/inputs.py"/>
        <source>“{name}” has no effect without “{needed}”; give that layer, or leave the number out.</source>
        <translation>“{name}” no tiene efecto sin “{needed}”; dé esa capa o quite el número.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/algorithms/inputs.py"/>
        <source>“{name}” has no effect without “{needed}”; give that layer, or leave the number at {default}.</source>
        <translation>“{name}” no tiene efecto sin “{needed}”; dé esa capa o deje el número en {default}.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/algorithms/inputs.py"/>
        <source>“{label}” is empty; choose at least one image.</source>
        <translation>“{label}” está vacío; elija al menos una imagen.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/algorithms/inputs.py"/>
        <source>“{label}”: {value} is not there or cannot be read; choose another one.</source>
        <translation>“{label}”: {value} no existe o no se puede leer; elija otro.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/algorithms/waiting.py"/>
        <source>Job {number} did not succeed.</source>
        <translation>El trabajo {number} no terminó bien.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/algorithms/waiting.py"/>
        <source>Job {number} runs in the background; its log is {log}.</source>
        <translation>El trabajo {number} se ejecuta en segundo plano; su registro es {log}.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/algorithms/waiting.py"/>
        <source>Jobs ahead of it in the queue: {count}.</source>
        <translation>Trabajos delante en la cola: {count}.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/algorithms/waiting.py"/>
        <source>{done:.2f} of {total:.2f} {unit}, {rate:.2f} {unit}/s, {left} left</source>
        <translation>{done:.2f} de {total:.2f} {unit}, {rate:.2f} {unit}/s, quedan {left}</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/diagnostics.py"/>
        <source>There is no engine's Python yet: press “Set up”, or choose one.</source>
        <translation>Todavía no hay un Python del motor: pulse “Preparar” o elija uno.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/diagnostics.py"/>
        <source>The engine's Python ended with status {status}.</source>
        <translation>El Python del motor terminó con el estado {status}.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/diagnostics.py"/>
        <source>{program} does not start ({reason}).</source>
        <translation>{program} no arranca ({reason}).</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/diagnostics.py"/>
        <source>The engine's Python gives no answer.</source>
        <translation>El Python del motor no responde.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/dock.py"/>
        <source>GeoFM</source>
        <translation>GeoFM</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/dock.py"/>
        <source>Jo&amp;bs</source>
        <translation>Traba&amp;jos</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/environment/levels.py"/>
        <source>{size} MB</source>
        <translation>{size} MB</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/environment/levels.py"/>
        <source>{size} GB</source>
        <translation>{size} GB</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/environment/levels.py"/>
        <source>{size}, about {minutes} min</source>
        <translation>{size}, unos {minutes} min</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/environment/levels.py"/>
        <source>Flood maps (200 MB to download; needs 2 GB free)</source>
        <translation>Mapas de inundación (200 MB de descarga; necesita 2 GB libres)</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/environment/levels.py"/>
        <source>Flood maps, training and search (800 MB to download; needs 6 GB free)</source>
        <translation>Mapas de inundación, entrenamiento y búsqueda (800 MB de descarga; necesita 6 GB libres)</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/environment/levels.py"/>
        <source>Flood maps, training and search, on the processor (1 GB to download; needs 7 GB free)</source>
        <translation>Mapas de inundación, entrenamiento y búsqueda, en el procesador (1 GB de descarga; necesita 7 GB libres)</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/environment/levels.py"/>
        <source>Flood maps, training and search, on an NVIDIA graphics card (4 GB to download; needs 16 GB free)</source>
        <translation>Mapas de inundación, entrenamiento y búsqueda, en una tarjeta gráfica NVIDIA (4 GB de descarga; necesita 16 GB libres)</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/environment/python.py"/>
        <source>There is no file {path}.</source>
        <translation>No existe el archivo {path}.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/environment/python.py"/>
        <source>{path} gives no answer.</source>
        <translation>{path} no responde.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/environment/python.py"/>
        <source>{path} does not run as a Python; choose its program file.</source>
        <translation>{path} no funciona como Python; elija su archivo de programa.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/environment/python.py"/>
        <source>This is Python {version}; GeoFM needs 3.11 or newer.</source>
        <translation>Este es Python {version}; GeoFM necesita 3.11 o posterior.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/environment/python.py"/>
        <source>Packages are missing: {names}; press “Set up”, or choose another Python.</source>
        <translation>Faltan paquetes: {names}; pulse “Preparar” o elija otro Python.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/environment/python.py"/>
        <source>Packages cannot be loaded: {names} ({reason}).</source>
        <translation>No se pueden cargar paquetes: {names} ({reason}).</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/environment/remedies.py"/>
        <source>The disk is full: free some space, then press “Set up” again.</source>
        <translation>El disco está lleno: libere espacio y pulse “Preparar” de nuevo.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/environment/remedies.py"/>
        <source>The proxy wants a sign-in: enter user and password in Settings &gt; Options &gt; Network, then try again.</source>
        <translation>El proxy pide identificarse: escriba usuario y contraseña en Configuración &gt; Opciones &gt; Red e inténtelo de nuevo.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/environment/remedies.py"/>
        <source>The proxy on the way to the server {host} does not answer, or does not let it through: check its address in Settings &gt; Options &gt; Network, or ask that the server be opened.</source>
        <translation>El proxy en el camino al servidor {host} no responde o no lo deja pasar: compruebe su dirección en Configuración &gt; Opciones &gt; Red o pida que se abra el servidor.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/environment/remedies.py"/>
        <source>The connection to the server {host} is not trusted, as where a company's proxy inspects traffic: ask your administrator to install its certificate in the system, or to name its file in the environment variable SSL_CERT_FILE.</source>
        <translation>La conexión con el servidor {host} no es de confianza, como ocurre cuando el proxy de una empresa inspecciona el tráfico: pida a su administrador que instale su certificado en el sistema o que indique su archivo en la variable de entorno SSL_CERT_FILE.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/environment/remedies.py"/>
        <source>A download is not what GeoFM expects, so it was refused: try again, or use another network.</source>
        <translation>Una descarga no es lo que GeoFM espera, así que se rechazó: inténtelo de nuevo o use otra red.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/environment/remedies.py"/>
        <source>The server {host} cannot be reached, or refuses to answer: check the network, and the proxy in Settings &gt; Options &gt; Network; where it is blocked, ask that it be opened, or {way}.</source>
        <translation>No se llega al servidor {host}, o este se niega a responder: compruebe la red y el proxy en Configuración &gt; Opciones &gt; Red; si está bloqueado, pida que se abra, o {way}.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/environment/remedies.py"/>
        <source>A file could not be written or replaced: another program, such as antivirus software or a running job, may hold it, or the folder may not be yours. Close other QGIS windows and try again.</source>
        <translation>No se pudo escribir o reemplazar un archivo: quizá lo retenga otro programa, como un antivirus o un trabajo en curso, o la carpeta no sea suya. Cierre las demás ventanas de QGIS e inténtelo de nuevo.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/environment/remedies.py"/>
        <source>QGIS's Python cannot make environments: install your system's package python3-venv, then try again.</source>
        <translation>El Python de QGIS no puede crear entornos: instale el paquete python3-venv de su sistema e inténtelo de nuevo.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/environment/remedies.py"/>
        <source>No Python 3.11 or newer was found or could be downloaded: install one, and choose it above.</source>
        <translation>No se encontró ni se pudo descargar Python 3.11 o posterior: instale uno y elíjalo arriba.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/environment/remedies.py"/>
        <source>There are no packages for this operating system or processor: GeoFM needs 64-bit Windows 10, macOS 11, Linux with glibc 2.28, or newer. Or choose a Python that has them.</source>
        <translation>No hay paquetes para este sistema operativo o procesador: GeoFM necesita Windows 10 de 64 bits, macOS 11, Linux con glibc 2.28, o posteriores. O elija un Python que los tenga.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/environment/remedies.py"/>
        <source>of the package index</source>
        <translation>del índice de paquetes</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/environment/remedies.py"/>
        <source>choose the other set for training and search, which does without it</source>
        <translation>elija el otro conjunto para entrenamiento y búsqueda, que no lo necesita</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/environment/remedies.py"/>
        <source>install Python 3.11 or newer on this computer</source>
        <translation>instale Python 3.11 o posterior en este equipo</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/environment/remedies.py"/>
        <source>name a mirror of it in the environment variables PIP_INDEX_URL and UV_DEFAULT_INDEX</source>
        <translation>indique una réplica en las variables de entorno PIP_INDEX_URL y UV_DEFAULT_INDEX</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/environment/setup.py"/>
        <source>The set-up was cancelled.</source>
        <translation>La preparación se canceló.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/environment/setup.py"/>
        <source>Another QGIS is setting up the engine; wait until it is done.</source>
        <translation>Otra ventana de QGIS está preparando el motor; espere a que termine.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/environment/setup.py"/>
        <source>QGIS's own Python was not found: choose a Python that has GeoFM's packages above.</source>
        <translation>No se encontró el Python de QGIS: elija arriba un Python que tenga los paquetes de GeoFM.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/environment/setup.py"/>
        <source>There is too little space in {folder}: setting up takes {size} GB, and {free} GB are free; free some, then try again.</source>
        <translation>Hay poco espacio en {folder}: la preparación ocupa {size} GB y hay {free} GB libres; libere espacio e inténtelo de nuevo.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/environment/setup.py"/>
        <source>“{step}” failed; the log tells why.</source>
        <translation>“{step}” falló; el registro dice por qué.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/environment/setup.py"/>
        <source>The engine is ready.</source>
        <translation>El motor está listo.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/environment/setup.py"/>
        <source>The engine that was set up before is kept and goes on working.</source>
        <translation>El motor que se preparó antes se conserva y sigue funcionando.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/environment/steps.py"/>
        <source>Removing what is not used</source>
        <translation>Quitando lo que no se usa</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/environment/steps.py"/>
        <source>Making a place for the tools</source>
        <translation>Haciendo sitio para las herramientas</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/environment/steps.py"/>
        <source>Installing uv</source>
        <translation>Instalando uv</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/environment/steps.py"/>
        <source>Making the engine's Python</source>
        <translation>Creando el Python del motor</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/environment/steps.py"/>
        <source>Installing the charts</source>
        <translation>Instalando los gráficos</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/environment/steps.py"/>
        <source>Trying the packages out</source>
        <translation>Probando los paquetes</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/environment/steps.py"/>
        <source>Installing PyTorch</source>
        <translation>Instalando PyTorch</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/environment/steps.py"/>
        <source>Installing the engine's packages</source>
        <translation>Instalando los paquetes del motor</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/environment/steps.py"/>
        <source>Checking that nothing is missing</source>
        <translation>Comprobando que no falte nada</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/environment/steps.py"/>
        <source>Installing the text model</source>
        <translation>Instalando el modelo de texto</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/environment/worker.py"/>
        <source>The engine is not set up yet: open Settings &gt; Options &gt; GeoFM and press “Set up”.</source>
        <translation>El motor aún no está preparado: abra Configuración &gt; Opciones &gt; GeoFM y pulse “Preparar”.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/accuracy_algorithm.py"/>
        <source>&lt;p&gt;Compares a flood map with a raster of the truth: 0 dry, 1 permanent water, 2 flood, 3 water of unknown kind. Pixels are pooled over the whole raster; each class is scored by itself, and all water as one.&lt;/p&gt;&lt;p&gt;Pixels that the map has not observed are left out and counted.&lt;/p&gt;</source>
        <translation>&lt;p&gt;Compara un mapa de inundación con un ráster de la verdad: 0 seco, 1 agua permanente, 2 inundación, 3 agua de tipo desconocido. Los píxeles se cuentan juntos en todo el ráster; cada clase se puntúa por separado, y toda el agua como una sola.&lt;/p&gt;&lt;p&gt;Los píxeles que el mapa no ha observado se excluyen y se cuentan.&lt;/p&gt;</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/accuracy_algorithm.py"/>
        <source>Compare a flood map with the truth</source>
        <translation>Comparar un mapa de inundación con la verdad</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/accuracy_algorithm.py"/>
        <source>Flood</source>
        <translation>Inundación</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/accuracy_algorithm.py"/>
        <source>accuracy,assessment,validation,confusion,iou,f1</source>
        <translation>exactitud,evaluación,validación,confusión,iou,f1</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/accuracy_algorithm.py"/>
        <source>Precision, recall, F1 and IoU of flood and of all water.</source>
        <translation>Precisión, exhaustividad, F1 e IoU de la inundación y de toda el agua.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/accuracy_algorithm.py"/>
        <source>Flood map</source>
        <translation>Mapa de inundación</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/accuracy_algorithm.py"/>
        <source>One of “Map flood”.</source>
        <translation>Uno de “Cartografiar inundación”.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/accuracy_algorithm.py"/>
        <source>A raster with the same values; its no data counts for nothing.</source>
        <translation>Un ráster con los mismos valores; sus píxeles sin datos no cuentan.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/accuracy_algorithm.py"/>
        <source>Truth</source>
        <translation>Verdad</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/accuracy_algorithm.py"/>
        <source>All water</source>
        <translation>Toda el agua</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/accuracy_algorithm.py"/>
        <source>{part}: {score} (0 to 1)</source>
        <translation>{part}: {score} (0 a 1)</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/algorithm.py"/>
        <source>&lt;p&gt;Maps water from Sentinel-1 backscatter. Images from before the flood, or a layer of permanent water, tell flood from water that is always there; the more dates before, the better. No training is needed and nothing is uploaded.&lt;/p&gt;&lt;p&gt;Classes of the map: 0 dry, 1 permanent water, 2 flood, 3 water of unknown kind (where nothing tells 1 from 2), 255 not observed. Polygons carry their area in km² and hectares, measured on the ellipsoid.&lt;/p&gt;&lt;p&gt;The work is done by a background job, which Cancel stops. The panel of GeoFM shows it too.&lt;/p&gt;</source>
        <translation>&lt;p&gt;Cartografía el agua a partir de la retrodispersión de Sentinel-1. Las imágenes de antes de la inundación, o una capa de agua permanente, distinguen la inundación del agua que siempre está; cuantas más fechas anteriores, mejor. No hace falta entrenar y no se sube nada.&lt;/p&gt;&lt;p&gt;Clases del mapa: 0 seco, 1 agua permanente, 2 inundación, 3 agua de tipo desconocido (donde nada distingue 1 de 2), 255 no observado. Los polígonos llevan su área en km² y hectáreas, medida sobre el elipsoide.&lt;/p&gt;&lt;p&gt;El trabajo se hace en segundo plano y Cancelar lo detiene. El panel de GeoFM también lo muestra.&lt;/p&gt;</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/algorithm.py"/>
        <source>Map flood from Sentinel-1</source>
        <translation>Cartografiar inundación con Sentinel-1</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/algorithm.py"/>
        <source>water,inundation,sar,radar,backscatter,vv,vh,change,disaster,copernicus</source>
        <translation>agua,inundación,flood,sar,radar,retrodispersión,vv,vh,cambio,desastre,copernicus</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/algorithm.py"/>
        <source>Maps flood and permanent water from Sentinel-1 backscatter, with their areas.</source>
        <translation>Cartografía la inundación y el agua permanente con la retrodispersión de Sentinel-1, con sus áreas.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/images.py"/>
        <source>Sort all images by date</source>
        <translation>Ordenar todas las imágenes por fecha</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/images.py"/>
        <source>Choose or drop all images of the event here: the newest stays, older ones go below, by their dates.</source>
        <translation>Elija o suelte aquí todas las imágenes del evento: la más nueva se queda, las anteriores bajan según su fecha.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/images.py"/>
        <source>After the flood</source>
        <translation>Después de la inundación</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/images.py"/>
        <source>Before the flood</source>
        <translation>Antes de la inundación</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/images.py"/>
        <source>Optional, the more dates the better: they tell flood from water that is always there.</source>
        <translation>Opcional; cuantas más fechas, mejor: distinguen la inundación del agua que siempre está.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/images.py"/>
        <source>Choose the image from after the flood first.</source>
        <translation>Elija primero la imagen de después de la inundación.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/images.py"/>
        <source>Sorted into {count} dates: the newest is after the flood, the others are before it.</source>
        <translation>Ordenadas en {count} fechas: la más nueva es de después de la inundación, las otras son de antes.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/images.py"/>
        <source>Sorted into {count} dates.</source>
        <translation>Ordenadas en {count} fechas.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/images.py"/>
        <source>{name} is chosen for two dates; an image compared with itself shows no change.</source>
        <translation>{name} está elegida para dos fechas; una imagen comparada consigo misma no muestra cambios.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/images.py"/>
        <source>date unknown</source>
        <translation>fecha desconocida</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/images.py"/>
        <source>ascending</source>
        <translation>ascendente</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/images.py"/>
        <source>descending</source>
        <translation>descendente</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/images.py"/>
        <source>relative orbit {number}</source>
        <translation>órbita relativa {number}</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/images.py"/>
        <source>N</source>
        <translation>N</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/images.py"/>
        <source>S</source>
        <translation>S</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/images.py"/>
        <source>E</source>
        <translation>E</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/images.py"/>
        <source>W</source>
        <translation>O</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/looks.py"/>
        <source>The engine could not look at the images.</source>
        <translation>El motor no pudo mirar las imágenes.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/marks.py"/>
        <source>Mark places on the map that are flood: the threshold turns so that they are water</source>
        <translation>Marque lugares del mapa que son inundación: el umbral cambia para que sean agua</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/marks.py"/>
        <source>Not flood</source>
        <translation>No inundación</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/marks.py"/>
        <source>Mark places that are no flood: the threshold turns so that they stay dry</source>
        <translation>Marque lugares que no son inundación: el umbral cambia para que queden secos</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/marks.py"/>
        <source>Mark:</source>
        <translation>Marcar:</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/marks.py"/>
        <source>Clear</source>
        <translation>Borrar</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/marks.py"/>
        <source>Take all marks off</source>
        <translation>Quitar todas las marcas</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/marks.py"/>
        <source>The project has no coordinate system yet; load an image first.</source>
        <translation>El proyecto aún no tiene sistema de coordenadas; cargue primero una imagen.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/methods.py"/>
        <source>Method</source>
        <translation>Método</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/methods.py"/>
        <source>Compare with</source>
        <translation>Comparar con</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/methods.py"/>
        <source>Maps the flood by a second method, too, and shows where both have it, one, or the other.</source>
        <translation>Cartografía la inundación también con un segundo método y muestra dónde la tienen los dos, uno o el otro.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/methods.py"/>
        <source>Without weights</source>
        <translation>Sin pesos</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/methods.py"/>
        <source>Nothing</source>
        <translation>Nada</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/methods.py"/>
        <source>{title} (recommended)</source>
        <translation>{title} (recomendado)</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/methods.py"/>
        <source>Thresholds and change: needs no training and no graphics card; any number of dates.</source>
        <translation>Umbrales y cambio: no necesita entrenamiento ni tarjeta gráfica; cualquier número de fechas.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/methods.py"/>
        <source>For these images {title} did better: {figures}</source>
        <translation>Con imágenes como estas, {title} fue mejor: {figures}</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/methods.py"/>
        <source>Needs {bands} of one date.</source>
        <translation>Necesita {bands} de una fecha.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/methods.py"/>
        <source>Needs {bands} of {count} dates: after the flood and before it.</source>
        <translation>Necesita {bands} de {count} fechas: de después y de antes de la inundación.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/methods.py"/>
        <source>{kind}: {measure} {own}, without weights {free}</source>
        <translation>{kind}: {measure} {own}, sin pesos {free}</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/options.py"/>
        <source>Height of the ground above the nearest river, in metres, as a raster.</source>
        <translation>Altura del terreno sobre el río más cercano, en metros, como ráster.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/options.py"/>
        <source>Height above river</source>
        <translation>Altura sobre el río</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/panel.py"/>
        <source>Map the flood</source>
        <translation>Cartografiar la inundación</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/panel.py"/>
        <source>Name of the event</source>
        <translation>Nombre del evento</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/panel.py"/>
        <source>Names the layer group and the folder of the results.</source>
        <translation>Da nombre al grupo de capas y a la carpeta de los resultados.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/panel.py"/>
        <source>Area</source>
        <translation>Área</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/panel.py"/>
        <source>Options</source>
        <translation>Opciones</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/panel.py"/>
        <source>Heights in metres: steep slopes, dark in radar shadow, are then never water.</source>
        <translation>Alturas en metros: las laderas empinadas, oscuras en la sombra del radar, nunca son agua entonces.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/panel.py"/>
        <source>Polygons, or a raster that holds 1 where there is always water.</source>
        <translation>Polígonos, o un ráster que vale 1 donde siempre hay agua.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/panel.py"/>
        <source>Elevation (DEM)</source>
        <translation>Elevación (MDE)</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/panel.py"/>
        <source>Permanent water</source>
        <translation>Agua permanente</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/panel.py"/>
        <source>Terrain and known water</source>
        <translation>Terreno y agua conocida</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/parameters.py"/>
        <source>Flood (km²)</source>
        <translation>Inundación (km²)</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/parameters.py"/>
        <source>Permanent water (km²)</source>
        <translation>Agua permanente (km²)</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/parameters.py"/>
        <source>Water of unknown kind (km²)</source>
        <translation>Agua de tipo desconocido (km²)</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/parameters.py"/>
        <source>Flood by both methods (km²), where two are compared</source>
        <translation>Inundación según ambos métodos (km²), si se comparan dos</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/parameters.py"/>
        <source>Flood by the first method alone (km²)</source>
        <translation>Inundación solo según el primer método (km²)</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/parameters.py"/>
        <source>Flood by the second method alone (km²)</source>
        <translation>Inundación solo según el segundo método (km²)</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/parameters.py"/>
        <source>Share of the area that was observed (0 to 1)</source>
        <translation>Parte del área que fue observada (0 a 1)</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/parameters.py"/>
        <source>The Sentinel-1 images of the date after (or during) the flood: VV and VH in one file or apart, tiles side by side. The map gets the pixels of the first one. Of images of several dates the newest is taken, and the others are before the flood.</source>
        <translation>Las imágenes Sentinel-1 de la fecha posterior a la inundación (o durante ella): VV y VH en un archivo o por separado, teselas contiguas. El mapa toma los píxeles de la primera. De imágenes de varias fechas se toma la más nueva, y las otras son de antes de la inundación.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/parameters.py"/>
        <source>Before the flood, date {number}</source>
        <translation>Antes de la inundación, fecha {number}</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/parameters.py"/>
        <source>The images of one date before the flood, best from the same orbit; those of several dates are sorted by date. The more dates, the better.</source>
        <translation>Las imágenes de una fecha anterior a la inundación, mejor de la misma órbita; las de varias fechas se ordenan por fecha. Cuantas más fechas, mejor.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/parameters.py"/>
        <source>Only this area is mapped. Without it and without an extent the whole image is.</source>
        <translation>Solo se cartografía esta área. Sin ella y sin extensión, toda la imagen.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/parameters.py"/>
        <source>Polygons, or a raster that holds 1, or the values that are told, where there is always water. Tells flood from permanent water.</source>
        <translation>Polígonos, o un ráster que vale 1, o los valores que se digan, donde siempre hay agua. Distingue la inundación del agua permanente.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/parameters.py"/>
        <source>Height above the nearest drainage (HAND)</source>
        <translation>Altura sobre el drenaje más cercano (HAND)</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/parameters.py"/>
        <source>In metres: ground far above the rivers is then never water.</source>
        <translation>En metros: el terreno muy por encima de los ríos nunca es agua entonces.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/results.py"/>
        <source>Class</source>
        <translation>Clase</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/results.py"/>
        <source>km²</source>
        <translation>km²</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/results.py"/>
        <source>ha</source>
        <translation>ha</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/results.py"/>
        <source>Area of each class</source>
        <translation>Área de cada clase</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/results.py"/>
        <source>Two methods</source>
        <translation>Dos métodos</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/results.py"/>
        <source>Where two methods agree</source>
        <translation>Dónde coinciden dos métodos</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/results.py"/>
        <source>Together</source>
        <translation>En total</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/results.py"/>
        <source>By {model}</source>
        <translation>Con {model}</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/results.py"/>
        <source>no water found</source>
        <translation>no se encontró agua</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/threshold.py"/>
        <source>As found</source>
        <translation>Como se halló</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/threshold.py"/>
        <source>Back to the thresholds that were found in the image</source>
        <translation>Volver a los umbrales hallados en la imagen</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/threshold.py"/>
        <source>Show water on the map</source>
        <translation>Mostrar el agua en el mapa</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/threshold.py"/>
        <source>What would be water at these thresholds, by all rules of the map, as fine as the view</source>
        <translation>Lo que sería agua con estos umbrales, según todas las reglas del mapa, tan fino como la vista</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/threshold.py"/>
        <source>Map again with these</source>
        <translation>Cartografiar con estos</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/threshold.py"/>
        <source>The same images and options with these thresholds; the map gets a folder and layers of its own</source>
        <translation>Las mismas imágenes y opciones con estos umbrales; el mapa recibe su propia carpeta y sus propias capas</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/threshold.py"/>
        <source>{stays}: stays, {comes}: becomes water, {goes}: goes</source>
        <translation>{stays}: queda, {comes}: pasa a ser agua, {goes}: deja de serlo</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/threshold.py"/>
        <source>Darker than this may be water. VV and VH are moved together.</source>
        <translation>Lo que es más oscuro puede ser agua. VV y VH se mueven juntos.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/threshold.py"/>
        <source>{band} threshold</source>
        <translation>Umbral de {band}</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/threshold.py"/>
        <source>{right} of {count} marks are as they should be.</source>
        <translation>{right} de {count} marcas están como deben.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/threshold.py"/>
        <source>Looking at the image…</source>
        <translation>Mirando la imagen…</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/threshold.py"/>
        <source>The engine's answer cannot be read; move the map to ask again.</source>
        <translation>La respuesta del motor no se puede leer; mueva el mapa para preguntar de nuevo.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/threshold.py"/>
        <source>blue</source>
        <translation>azul</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/threshold.py"/>
        <source>orange</source>
        <translation>naranja</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/flood/threshold.py"/>
        <source>yellow</source>
        <translation>amarillo</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/help.py"/>
        <source>Open the documentation of this page</source>
        <translation>Abrir la documentación de esta página</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/help.py"/>
        <source>Help</source>
        <translation>Ayuda</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/jobs/client.py"/>
        <source>Something unexpected happened ({error}); the log tab “GeoFM” has the details.</source>
        <translation>Ocurrió algo inesperado ({error}); la pestaña de registro “GeoFM” tiene los detalles.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/jobs/client.py"/>
        <source>The job database cannot be opened.</source>
        <translation>No se puede abrir la base de datos de trabajos.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/jobs/log_dialog.py"/>
        <source>Log of job {number} – {title}</source>
        <translation>Registro del trabajo {number} – {title}</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/jobs/log_dialog.py"/>
        <source>The job has printed nothing yet.</source>
        <translation>El trabajo aún no ha escrito nada.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/jobs/log_dialog.py"/>
        <source>Log</source>
        <translation>Registro</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/jobs/model.py"/>
        <source>Job</source>
        <translation>Trabajo</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/jobs/model.py"/>
        <source>State</source>
        <translation>Estado</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/jobs/model.py"/>
        <source>When</source>
        <translation>Cuándo</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/jobs/model.py"/>
        <source>Job {number}, submitted {when}</source>
        <translation>Trabajo {number}, enviado el {when}</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/jobs/model.py"/>
        <source>Took {time}</source>
        <translation>Tardó {time}</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/jobs/panel.py"/>
        <source>What the selected job says</source>
        <translation>Lo que dice el trabajo seleccionado</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/jobs/panel.py"/>
        <source>Jobs</source>
        <translation>Trabajos</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/jobs/panel.py"/>
        <source>&amp;Load layers</source>
        <translation>&amp;Cargar capas</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/jobs/panel.py"/>
        <source>&amp;Cancel</source>
        <translation>Cance&amp;lar</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/jobs/panel.py"/>
        <source>&amp;Resume</source>
        <translation>&amp;Reanudar</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/jobs/panel.py"/>
        <source>Show lo&amp;g</source>
        <translation>Ver el re&amp;gistro</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/jobs/panel.py"/>
        <source>&amp;Delete…</source>
        <translation>&amp;Borrar…</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/jobs/panel.py"/>
        <source>&amp;Use these settings again</source>
        <translation>&amp;Usar de nuevo estos ajustes</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/jobs/panel.py"/>
        <source>Open the &amp;folder</source>
        <translation>Abrir la car&amp;peta</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/jobs/panel.py"/>
        <source>Open the re&amp;port</source>
        <translation>Abrir el &amp;informe</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/jobs/panel.py"/>
        <source>Fill the tab of this job with its images and options</source>
        <translation>Llenar la pestaña de este trabajo con sus imágenes y opciones</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/jobs/panel.py"/>
        <source>Open the folder with the results of this job</source>
        <translation>Abrir la carpeta con los resultados de este trabajo</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/jobs/panel.py"/>
        <source>Open the report of this job: areas, thresholds, warnings and more</source>
        <translation>Abrir el informe de este trabajo: áreas, umbrales, avisos y más</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/jobs/panel.py"/>
        <source>Put the results of the selected jobs on the map again (Enter)</source>
        <translation>Poner de nuevo en el mapa los resultados de los trabajos seleccionados (Intro)</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/jobs/panel.py"/>
        <source>Stop the selected jobs</source>
        <translation>Detener los trabajos seleccionados</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/jobs/panel.py"/>
        <source>Let the selected jobs go on where they stopped</source>
        <translation>Hacer que los trabajos seleccionados sigan donde pararon</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/jobs/panel.py"/>
        <source>Show what the job's program printed</source>
        <translation>Mostrar lo que escribió el programa del trabajo</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/jobs/panel.py"/>
        <source>Take the selected jobs off the list (Del); the maps that they made stay</source>
        <translation>Quitar de la lista los trabajos seleccionados (Supr); los mapas que hicieron se conservan</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/jobs/panel.py"/>
        <source>No jobs yet.
Maps that you run appear here, also those of other QGIS windows.</source>
        <translation>Todavía no hay trabajos.
Los mapas que haga aparecen aquí, también los de otras ventanas de QGIS.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/jobs/panel.py"/>
        <source>Take “{title}” off the list?</source>
        <translation>¿Quitar “{title}” de la lista?</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/jobs/panel.py"/>
        <source>Take {count} jobs off the list?</source>
        <translation>¿Quitar {count} trabajos de la lista?</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/jobs/panel.py"/>
        <source>Delete jobs</source>
        <translation>Borrar trabajos</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/jobs/panel.py"/>
        <source>The maps that were made stay where they are; logs and unfinished work are removed.</source>
        <translation>Los mapas hechos se quedan donde están; se borran los registros y el trabajo sin terminar.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/jobs/panel.py"/>
        <source>&amp;Delete</source>
        <translation>&amp;Borrar</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/jobs/status.py"/>
        <source>Cancel this job</source>
        <translation>Cancelar este trabajo</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/jobs/status.py"/>
        <source>{count} more waiting or running</source>
        <translation>{count} más esperando o en curso</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/jobs/status.py"/>
        <source>Click to see the jobs</source>
        <translation>Haga clic para ver los trabajos</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/jobs/words.py"/>
        <source>Cancelling</source>
        <translation>Cancelando</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/jobs/words.py"/>
        <source>Not responding</source>
        <translation>No responde</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/jobs/words.py"/>
        <source>Running</source>
        <translation>En curso</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/jobs/words.py"/>
        <source>Waiting</source>
        <translation>En espera</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/jobs/words.py"/>
        <source>Done</source>
        <translation>Hecho</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/jobs/words.py"/>
        <source>Failed</source>
        <translation>Falló</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/jobs/words.py"/>
        <source>Cancelled</source>
        <translation>Cancelado</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/jobs/words.py"/>
        <source>Interrupted</source>
        <translation>Interrumpido</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/jobs/words.py"/>
        <source>Starting…</source>
        <translation>Empezando…</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/jobs/words.py"/>
        <source>{percent} %</source>
        <translation>{percent} %</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/jobs/words.py"/>
        <source>{time} left</source>
        <translation>quedan {time}</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/jobs/words.py"/>
        <source>{seconds} s</source>
        <translation>{seconds} s</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/jobs/words.py"/>
        <source>{minutes} min</source>
        <translation>{minutes} min</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/jobs/words.py"/>
        <source>{hours} h {minutes:02d} min</source>
        <translation>{hours} h {minutes:02d} min</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/jobs/words.py"/>
        <source>HH:mm</source>
        <translation>HH:mm</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/jobs/words.py"/>
        <source>d MMM</source>
        <translation>d MMM</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/jobs/words.py"/>
        <source>d MMM yyyy</source>
        <translation>d MMM yyyy</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/kinds.py"/>
        <source>&amp;Flood</source>
        <translation>&amp;Inundación</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/kinds.py"/>
        <source>&amp;Train</source>
        <translation>E&amp;ntrenar</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/kinds.py"/>
        <source>La&amp;nd cover</source>
        <translation>Cober&amp;tura</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/kinds.py"/>
        <source>Se&amp;arch</source>
        <translation>B&amp;uscar</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/labels/chooser.py"/>
        <source>Choose a layer of polygons…</source>
        <translation>Elija una capa de polígonos…</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/labels/chooser.py"/>
        <source>Layer of labelled polygons</source>
        <translation>Capa de polígonos etiquetados</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/labels/chooser.py"/>
        <source>New…</source>
        <translation>Nueva…</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/labels/chooser.py"/>
        <source>Make a new layer to draw labels in</source>
        <translation>Crear una capa nueva en la que dibujar etiquetas</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/labels/chooser.py"/>
        <source>Choose a file of polygons</source>
        <translation>Elegir un archivo de polígonos</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/labels/chooser.py"/>
        <source>Field with the class</source>
        <translation>Campo con la clase</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/labels/chooser.py"/>
        <source> m</source>
        <translation> m</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/labels/chooser.py"/>
        <source>Lines and points are widened to so many metres on each side.</source>
        <translation>Las líneas y los puntos se ensanchan tantos metros a cada lado.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/labels/chooser.py"/>
        <source>Add a class…</source>
        <translation>Añadir una clase…</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/labels/chooser.py"/>
        <source>Add a class to this layer</source>
        <translation>Añadir una clase a esta capa</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/labels/chooser.py"/>
        <source>Draw</source>
        <translation>Dibujar</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/labels/chooser.py"/>
        <source>Draw polygons of the selected class</source>
        <translation>Dibujar polígonos de la clase seleccionada</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/labels/chooser.py"/>
        <source>Class field</source>
        <translation>Campo de clase</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/labels/chooser.py"/>
        <source>Widen by</source>
        <translation>Ensanchar</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/labels/chooser.py"/>
        <source>Choose a layer of labelled polygons first, or make a new one.</source>
        <translation>Elija primero una capa de polígonos etiquetados o cree una nueva.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/labels/chooser.py"/>
        <source>Choose the field of “{name}” that holds the class.</source>
        <translation>Elija el campo de “{name}” que contiene la clase.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/labels/chooser.py"/>
        <source>New polygons become “{name}”. Select another class above to draw that one.</source>
        <translation>Los polígonos nuevos serán “{name}”. Seleccione otra clase arriba para dibujar esa.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/labels/chooser.py"/>
        <source>Select a class above, then draw; without one, each new polygon asks for its class.</source>
        <translation>Seleccione una clase arriba y dibuje; sin ella, cada polígono nuevo pregunta su clase.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/labels/chooser.py"/>
        <source>Add a class</source>
        <translation>Añadir una clase</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/labels/chooser.py"/>
        <source>Name of the class</source>
        <translation>Nombre de la clase</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/labels/chooser.py"/>
        <source>Polygons, lines or points ({endings});;All files (*)</source>
        <translation>Polígonos, líneas o puntos ({endings});;Todos los archivos (*)</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/labels/chooser.py"/>
        <source>{file} holds no polygons, lines or points.</source>
        <translation>{file} no contiene polígonos, líneas ni puntos.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/labels/class_table.py"/>
        <source>Polygons</source>
        <translation>Polígonos</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/labels/class_table.py"/>
        <source>Pixels</source>
        <translation>Píxeles</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/labels/class_table.py"/>
        <source>About how many pixels of the images the polygons cover</source>
        <translation>Cuántos píxeles de las imágenes cubren los polígonos, aproximadamente</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/labels/class_table.py"/>
        <source>Classes</source>
        <translation>Clases</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/labels/class_table.py"/>
        <source>Colour of “{name}”</source>
        <translation>Color de “{name}”</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/labels/class_table.py"/>
        <source>Choose the colour of “{name}”</source>
        <translation>Elija el color de “{name}”</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/labels/class_table.py"/>
        <source>The field has more than {count} values; is it the class?</source>
        <translation>El campo tiene más de {count} valores; ¿es la clase?</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/labels/class_table.py"/>
        <source>There is one class alone; a model needs at least two to tell apart.</source>
        <translation>Solo hay una clase; un modelo necesita distinguir al menos dos.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/labels/class_table.py"/>
        <source>Too few polygons to check the model on: {names}. Draw at least {count} of each class.</source>
        <translation>Demasiado pocos polígonos para comprobar el modelo: {names}. Dibuje al menos {count} de cada clase.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/labels/class_table.py"/>
        <source>Polygons without a class, which are left out: {count}.</source>
        <translation>Polígonos sin clase, que se excluyen: {count}.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/labels/class_table.py"/>
        <source>Polygons outside the images, which are left out: {count}.</source>
        <translation>Polígonos fuera de las imágenes, que se excluyen: {count}.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/labels/class_table.py"/>
        <source>No polygons yet</source>
        <translation>Todavía no hay polígonos</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/labels/class_table.py"/>
        <source>Too few polygons to check the model on this class; draw at least {count}.</source>
        <translation>Demasiado pocos polígonos para comprobar el modelo en esta clase; dibuje al menos {count}.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/labels/layers.py"/>
        <source>it is there already</source>
        <translation>ya existe</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/labels/layers.py"/>
        <source>no class</source>
        <translation>sin clase</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/labels/layers.py"/>
        <source>The label layer {path} cannot be made ({reason}); choose another file.</source>
        <translation>No se puede crear la capa de etiquetas {path} ({reason}); elija otro archivo.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/labels/new_labels.py"/>
        <source>New label layer</source>
        <translation>Nueva capa de etiquetas</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/labels/new_labels.py"/>
        <source>GeoPackage (*.gpkg)</source>
        <translation>GeoPackage (*.gpkg)</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/labels/new_labels.py"/>
        <source>Classes of the new layer</source>
        <translation>Clases de la capa nueva</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/labels/new_labels.py"/>
        <source>File</source>
        <translation>Archivo</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/labels/new_labels.py"/>
        <source>Coordinate system</source>
        <translation>Sistema de coordenadas</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/labels/new_labels.py"/>
        <source>The classes that you will draw; more can be added later:</source>
        <translation>Las clases que va a dibujar; más tarde puede añadir otras:</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/labels/new_labels.py"/>
        <source>Colour of the class</source>
        <translation>Color de la clase</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/landcover/accuracy_algorithm.py"/>
        <source>&lt;p&gt;Compares a class raster with a raster of the truth, or with labelled polygons or points, in any coordinate system. Classes are matched by name where both name them, else by value. Pixels are pooled; a point is the pixel that it lies in.&lt;/p&gt;&lt;p&gt;Compare with polygons that the model has not learned from.&lt;/p&gt;</source>
        <translation>&lt;p&gt;Compara un ráster de clases con un ráster de la verdad, o con polígonos o puntos etiquetados, en cualquier sistema de coordenadas. Las clases se emparejan por nombre si ambos las nombran; si no, por valor. Los píxeles se cuentan juntos; un punto es el píxel en el que cae.&lt;/p&gt;&lt;p&gt;Compare con polígonos de los que el modelo no haya aprendido.&lt;/p&gt;</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/landcover/accuracy_algorithm.py"/>
        <source>Compare a land-cover map with the truth</source>
        <translation>Comparar un mapa de cobertura del suelo con la verdad</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/landcover/accuracy_algorithm.py"/>
        <source>Land cover</source>
        <translation>Cobertura del suelo</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/landcover/accuracy_algorithm.py"/>
        <source>Overall accuracy, F1 and IoU of a class map.</source>
        <translation>Exactitud global, F1 e IoU de un mapa de clases.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/landcover/accuracy_algorithm.py"/>
        <source>Class map</source>
        <translation>Mapa de clases</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/landcover/accuracy_algorithm.py"/>
        <source>A raster of classes.</source>
        <translation>Un ráster de clases.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/landcover/accuracy_algorithm.py"/>
        <source>A raster of classes, or polygons or points that each show one class.</source>
        <translation>Un ráster de clases, o polígonos o puntos que muestran una clase cada uno.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/landcover/accuracy_algorithm.py"/>
        <source>Of polygons and points.</source>
        <translation>De polígonos y puntos.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/landcover/accuracy_algorithm.py"/>
        <source>Overall accuracy (0 to 1)</source>
        <translation>Exactitud global (0 a 1)</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/landcover/accuracy_algorithm.py"/>
        <source>Mean F1 of the classes (0 to 1)</source>
        <translation>F1 medio de las clases (0 a 1)</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/landcover/accuracy_algorithm.py"/>
        <source>Mean IoU of the classes (0 to 1)</source>
        <translation>IoU medio de las clases (0 a 1)</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/landcover/algorithm.py"/>
        <source>&lt;p&gt;Maps the classes of a model on an image of any size. “Train a land-cover model” makes models from labelled polygons; models made for Deepness can be imported in GeoFM's panel.&lt;/p&gt;&lt;p&gt;The map holds the classes' numbers, names and colours, and 255 where nothing was observed. Areas are measured on the ellipsoid.&lt;/p&gt;&lt;p&gt;The work is done by a background job, which Cancel stops. The panel of GeoFM shows it too.&lt;/p&gt;</source>
        <translation>&lt;p&gt;Cartografía las clases de un modelo en una imagen de cualquier tamaño. “Entrenar un modelo de cobertura del suelo” crea modelos a partir de polígonos etiquetados; los modelos hechos para Deepness se pueden importar en el panel de GeoFM.&lt;/p&gt;&lt;p&gt;El mapa contiene los números, nombres y colores de las clases, y 255 donde no se observó nada. Las áreas se miden sobre el elipsoide.&lt;/p&gt;&lt;p&gt;El trabajo se hace en segundo plano y Cancelar lo detiene. El panel de GeoFM también lo muestra.&lt;/p&gt;</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/landcover/algorithm.py"/>
        <source>Map land cover</source>
        <translation>Cartografiar cobertura del suelo</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/landcover/algorithm.py"/>
        <source>classification,segmentation,model,inference,predict,lulc,crops,sentinel-2</source>
        <translation>clasificación,segmentación,modelo,inferencia,predicción,lulc,cultivos,sentinel-2</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/landcover/algorithm.py"/>
        <source>Maps land cover on an image of any size with a trained model, with the area of each class.</source>
        <translation>Cartografía la cobertura del suelo en una imagen de cualquier tamaño con un modelo entrenado, con el área de cada clase.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/landcover/algorithm.py"/>
        <source>“Model” is empty; give a model's folder or the name of an installed one.</source>
        <translation>“Modelo” está vacío; dé la carpeta de un modelo o el nombre de uno instalado.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/landcover/model_chooser.py"/>
        <source>Model</source>
        <translation>Modelo</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/landcover/model_chooser.py"/>
        <source>Choose a model first; the Train tab makes one from labelled polygons.</source>
        <translation>Elija primero un modelo; la pestaña Entrenar hace uno con polígonos etiquetados.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/landcover/model_chooser.py"/>
        <source>No model fits</source>
        <translation>Ningún modelo encaja</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/landcover/model_chooser.py"/>
        <source>No models yet</source>
        <translation>Todavía no hay modelos</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/landcover/model_chooser.py"/>
        <source>It has no card.</source>
        <translation>No tiene ficha.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/landcover/model_chooser.py"/>
        <source>“{title}” maps no classes.</source>
        <translation>“{title}” no cartografía clases.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/landcover/model_chooser.py"/>
        <source>There is no model yet: train one in the Train tab, or choose a model's folder.</source>
        <translation>Todavía no hay ningún modelo: entrene uno en la pestaña Entrenar o elija la carpeta de un modelo.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/landcover/model_chooser.py"/>
        <source>If the file calls its bands otherwise, say what they are in Options &gt; Names of bands.</source>
        <translation>Si el archivo llama a sus bandas de otro modo, diga cuáles son en Opciones &gt; Nombres de las bandas.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/landcover/model_chooser.py"/>
        <source>{count} classes: {names}</source>
        <translation>{count} clases: {names}</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/landcover/panel.py"/>
        <source>Name of the map</source>
        <translation>Nombre del mapa</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/landcover/panel.py"/>
        <source>Image</source>
        <translation>Imagen</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/landcover/panel.py"/>
        <source>One image; bands apart and tiles side by side go together.</source>
        <translation>Una imagen; las bandas por separado y las teselas contiguas van juntas.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/landcover/panel.py"/>
        <source>Choose the image to map first.</source>
        <translation>Elija primero la imagen que se va a cartografiar.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/landcover/parameters.py"/>
        <source>The image to map: one file with all bands, or its bands apart, or its tiles side by side.</source>
        <translation>La imagen que se va a cartografiar: un archivo con todas las bandas, o sus bandas por separado, o sus teselas contiguas.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/landcover/parameters.py"/>
        <source>The folder of a model, or the name of an installed one. The image must have the model's bands.</source>
        <translation>La carpeta de un modelo o el nombre de uno instalado. La imagen debe tener las bandas del modelo.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/landcover/parameters.py"/>
        <source>Areas of the classes as JSON: km2, ha and share</source>
        <translation>Áreas de las clases como JSON: km2, ha y parte</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/landcover/results.py"/>
        <source>Share</source>
        <translation>Parte</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/landcover/results.py"/>
        <source>Model: {model}</source>
        <translation>Modelo: {model}</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/landcover/results.py"/>
        <source>Not observed</source>
        <translation>No observado</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/landcover/results.py"/>
        <source>nothing was observed</source>
        <translation>no se observó nada</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/messages.py"/>
        <source>Show all</source>
        <translation>Mostrar todo</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/asking.py"/>
        <source>Install a model</source>
        <translation>Instalar un modelo</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/asking.py"/>
        <source>&amp;Accept licence and install</source>
        <translation>&amp;Aceptar la licencia e instalar</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/asking.py"/>
        <source>Licence</source>
        <translation>Licencia</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/asking.py"/>
        <source>Attribution</source>
        <translation>Atribución</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/asking.py"/>
        <source>Source</source>
        <translation>Fuente</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/asking.py"/>
        <source>Limits</source>
        <translation>Límites</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/asking.py"/>
        <source>Size</source>
        <translation>Tamaño</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/asking.py"/>
        <source>{size} from {origin}</source>
        <translation>{size} de {origin}</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/asking.py"/>
        <source>Goes to</source>
        <translation>Va a</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/asking.py"/>
        <source>Do you accept the licence? It may ask you to name the makers where you publish results.</source>
        <translation>¿Acepta la licencia? Puede pedirle que cite a los autores donde publique resultados.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/asking.py"/>
        <source>Import a model</source>
        <translation>Importar un modelo</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/asking.py"/>
        <source>An &amp;ONNX file, such as a model for Deepness</source>
        <translation>Un archivo &amp;ONNX, como un modelo para Deepness</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/asking.py"/>
        <source>The &amp;folder of a GeoFM model</source>
        <translation>La car&amp;peta de un modelo de GeoFM</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/asking.py"/>
        <source>&amp;Weights of {title}</source>
        <translation>P&amp;esos de {title}</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/asking.py"/>
        <source>File or folder</source>
        <translation>Archivo o carpeta</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/asking.py"/>
        <source>As the file says; else red, green, blue</source>
        <translation>Como diga el archivo; si no, rojo, verde, azul</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/asking.py"/>
        <source>Bands that the network takes, in the order of its channels, such as: B02, B03, B04, B08</source>
        <translation>Bandas que toma la red, en el orden de sus canales, por ejemplo: B02, B03, B04, B08</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/asking.py"/>
        <source>64 digits, as the page of the file tells them</source>
        <translation>64 dígitos, como los indica la página del archivo</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/asking.py"/>
        <source>The file is opened only if it is the one that these digits belong to</source>
        <translation>El archivo solo se abre si es aquel al que pertenecen estos dígitos</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/asking.py"/>
        <source>&amp;Import</source>
        <translation>&amp;Importar</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/asking.py"/>
        <source>&amp;Path</source>
        <translation>&amp;Ruta</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/asking.py"/>
        <source>&amp;Name</source>
        <translation>&amp;Nombre</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/asking.py"/>
        <source>&amp;Bands</source>
        <translation>&amp;Bandas</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/asking.py"/>
        <source>&amp;SHA-256</source>
        <translation>&amp;SHA-256</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/asking.py"/>
        <source>Choose what to import.</source>
        <translation>Elija qué importar.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/asking.py"/>
        <source>There is no file or folder {path}.</source>
        <translation>No existe el archivo o carpeta {path}.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/asking.py"/>
        <source>There is a model “{name}” already; give this one another name.</source>
        <translation>Ya hay un modelo “{name}”; dé otro nombre a este.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/asking.py"/>
        <source>Give the SHA-256 of the file, which its page tells.</source>
        <translation>Dé el SHA-256 del archivo, que su página indica.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/asking.py"/>
        <source>ONNX models (*.onnx);;All files (*)</source>
        <translation>Modelos ONNX (*.onnx);;Todos los archivos (*)</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/asking.py"/>
        <source>Weights (*.pt *.pth *.bin *.safetensors)</source>
        <translation>Pesos (*.pt *.pth *.bin *.safetensors)</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/asking.py"/>
        <source>Choose a file of weights</source>
        <translation>Elegir un archivo de pesos</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/asking.py"/>
        <source>Choose a model's folder</source>
        <translation>Elegir la carpeta de un modelo</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/asking.py"/>
        <source>Choose an ONNX file</source>
        <translation>Elegir un archivo ONNX</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/asking.py"/>
        <source>{title}. Licence: {licence}</source>
        <translation>{title}. Licencia: {licence}</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/asking.py"/>
        <source>The file is run once, to see whether it can be used. See to it that its licence lets you use it.</source>
        <translation>El archivo se ejecuta una vez para ver si se puede usar. Asegúrese de que su licencia le permite usarlo.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/asking.py"/>
        <source>not stated</source>
        <translation>no indicada</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/asking.py"/>
        <source>Delete the model “{title}”?</source>
        <translation>¿Borrar el modelo “{title}”?</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/asking.py"/>
        <source>Delete a model</source>
        <translation>Borrar un modelo</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/asking.py"/>
        <source>It can be installed again from the catalogue.</source>
        <translation>Se puede instalar de nuevo desde el catálogo.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/asking.py"/>
        <source>Its folder is removed for good: {folder}
Maps that were made with it stay.</source>
        <translation>Su carpeta se borra para siempre: {folder}
Los mapas hechos con él se conservan.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/card.py"/>
        <source>Model card – {title}</source>
        <translation>Ficha del modelo – {title}</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/card.py"/>
        <source>Model card</source>
        <translation>Ficha del modelo</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/card.py"/>
        <source>Values</source>
        <translation>Valores</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/card.py"/>
        <source>Bands</source>
        <translation>Bandas</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/card.py"/>
        <source>Accuracy on what it has not seen</source>
        <translation>Exactitud en lo que no ha visto</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/card.py"/>
        <source>Training</source>
        <translation>Entrenamiento</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/card.py"/>
        <source>SHA-256</source>
        <translation>SHA-256</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/card.py"/>
        <source>Kind</source>
        <translation>Tipo</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/card.py"/>
        <source>{task} ({network})</source>
        <translation>{task} ({network})</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/card.py"/>
        <source>{size} m</source>
        <translation>{size} m</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/card.py"/>
        <source>Version</source>
        <translation>Versión</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/card.py"/>
        <source>Folder</source>
        <translation>Carpeta</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/card.py"/>
        <source>{network} on {encoder}</source>
        <translation>{network} sobre {encoder}</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/card.py"/>
        <source>F1</source>
        <translation>F1</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/card.py"/>
        <source>Precision</source>
        <translation>Precisión</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/card.py"/>
        <source>Recall</source>
        <translation>Exhaustividad</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/card.py"/>
        <source>reflectance</source>
        <translation>reflectancia</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/card.py"/>
        <source>decibels</source>
        <translation>decibelios</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/card.py"/>
        <source>8-bit display values</source>
        <translation>valores de visualización de 8 bits</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/card.py"/>
        <source>plain numbers</source>
        <translation>números sin unidad</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/card.py"/>
        <source>{bands}, of {count} dates</source>
        <translation>{bands}, de {count} fechas</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/card.py"/>
        <source>yes</source>
        <translation>sí</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/card.py"/>
        <source>no</source>
        <translation>no</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/dialog.py"/>
        <source>GeoFM models</source>
        <translation>Modelos de GeoFM</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/dialog.py"/>
        <source>About the selected model</source>
        <translation>Sobre el modelo seleccionado</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/dialog.py"/>
        <source>&amp;Install…</source>
        <translation>&amp;Instalar…</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/dialog.py"/>
        <source>I&amp;mport…</source>
        <translation>I&amp;mportar…</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/dialog.py"/>
        <source>&amp;Export…</source>
        <translation>&amp;Exportar…</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/dialog.py"/>
        <source>Show in &amp;folder</source>
        <translation>Mostrar en la &amp;carpeta</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/dialog.py"/>
        <source>Models need the packages for training and search, which are not set up yet.</source>
        <translation>Los modelos necesitan los paquetes de entrenamiento y búsqueda, que aún no están preparados.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/dialog.py"/>
        <source>Set them up in the options</source>
        <translation>Prepararlos en las opciones</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/dialog.py"/>
        <source>Write the selected model as ONNX, for Deepness and others</source>
        <translation>Escribir el modelo seleccionado como ONNX, para Deepness y otros</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/dialog.py"/>
        <source>Download the selected model (Enter)</source>
        <translation>Descargar el modelo seleccionado (Intro)</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/dialog.py"/>
        <source>Take in an ONNX file or a model's folder</source>
        <translation>Incorporar un archivo ONNX o la carpeta de un modelo</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/dialog.py"/>
        <source>Delete the selected model (Del)</source>
        <translation>Borrar el modelo seleccionado (Supr)</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/dialog.py"/>
        <source>Stop what is being done with the selected model</source>
        <translation>Detener lo que se está haciendo con el modelo seleccionado</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/dialog.py"/>
        <source>Open the folder of the selected model</source>
        <translation>Abrir la carpeta del modelo seleccionado</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/dialog.py"/>
        <source>Export as ONNX</source>
        <translation>Exportar como ONNX</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/dialog.py"/>
        <source>ONNX models (*.onnx)</source>
        <translation>Modelos ONNX (*.onnx)</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/dialog.py"/>
        <source>Job {number}: {message}</source>
        <translation>Trabajo {number}: {message}</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/dialog.py"/>
        <source>“{title}” is deleted.</source>
        <translation>“{title}” está borrado.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/dialog.py"/>
        <source>“{title}” is installed.</source>
        <translation>“{title}” está instalado.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/dialog.py"/>
        <source>“{title}” is imported.</source>
        <translation>“{title}” está importado.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/dialog.py"/>
        <source>“{title}” is exported to {path}.</source>
        <translation>“{title}” está exportado a {path}.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/model_row.py"/>
        <source>Show the model's card</source>
        <translation>Mostrar la ficha del modelo</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/model_row.py"/>
        <source>Install, import and delete models</source>
        <translation>Instalar, importar y borrar modelos</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/refusals.py"/>
        <source>The packages for training and search are not set up; see the options.</source>
        <translation>Los paquetes de entrenamiento y búsqueda no están preparados; vea las opciones.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/refusals.py"/>
        <source>Select a model of the catalogue.</source>
        <translation>Seleccione un modelo del catálogo.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/refusals.py"/>
        <source>“{title}” is not in the catalogue.</source>
        <translation>“{title}” no está en el catálogo.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/refusals.py"/>
        <source>This model is taken in by hand: download its file, and choose Import.</source>
        <translation>Este modelo se incorpora a mano: descargue su archivo y elija Importar.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/refusals.py"/>
        <source>The files of this model come from a mirror only; see below.</source>
        <translation>Los archivos de este modelo solo vienen de una réplica; vea abajo.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/refusals.py"/>
        <source>Select a model that is installed.</source>
        <translation>Seleccione un modelo que esté instalado.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/refusals.py"/>
        <source>Only models that give classes or values can be exported.</source>
        <translation>Solo se pueden exportar modelos que dan clases o valores.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/refusals.py"/>
        <source>“{title}” comes with GeoFM and cannot be deleted.</source>
        <translation>“{title}” viene con GeoFM y no se puede borrar.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/refusals.py"/>
        <source>Job {number} needs it: {job}.</source>
        <translation>El trabajo {number} lo necesita: {job}.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/refusals.py"/>
        <source>Something is being done with “{title}” already.</source>
        <translation>Ya se está haciendo algo con “{title}”.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/table.py"/>
        <source>For</source>
        <translation>Para</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/table.py"/>
        <source>Models</source>
        <translation>Modelos</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/words.py"/>
        <source>Maps classes</source>
        <translation>Cartografía clases</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/words.py"/>
        <source>Tells a tile's class</source>
        <translation>Dice la clase de una tesela</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/words.py"/>
        <source>Tells all classes of a tile</source>
        <translation>Dice todas las clases de una tesela</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/words.py"/>
        <source>Estimates values of a tile</source>
        <translation>Estima valores de una tesela</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/words.py"/>
        <source>Maps values</source>
        <translation>Cartografía valores</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/words.py"/>
        <source>Does several tasks</source>
        <translation>Hace varias tareas</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/words.py"/>
        <source>To train on</source>
        <translation>Para entrenar sobre él</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/words.py"/>
        <source>Finds by words</source>
        <translation>Encuentra por palabras</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/words.py"/>
        <source>Finds the like</source>
        <translation>Encuentra lo parecido</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/words.py"/>
        <source>Working</source>
        <translation>Trabajando</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/words.py"/>
        <source>Damaged</source>
        <translation>Dañado</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/words.py"/>
        <source>Built in</source>
        <translation>Incluido</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/words.py"/>
        <source>Installed</source>
        <translation>Instalado</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/words.py"/>
        <source>By hand</source>
        <translation>A mano</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/words.py"/>
        <source>Mirror only</source>
        <translation>Solo réplica</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/words.py"/>
        <source>Available</source>
        <translation>Disponible</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/words.py"/>
        <source>Needs set-up</source>
        <translation>Por preparar</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/words.py"/>
        <source>{count} bands</source>
        <translation>{count} bandas</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/words.py"/>
        <source>{bands}, {count} dates</source>
        <translation>{bands}, {count} fechas</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/words.py"/>
        <source>the folder {folder}</source>
        <translation>la carpeta {folder}</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/words.py"/>
        <source>{size} from {origin}; the files are checked by their SHA-256.</source>
        <translation>{size} de {origin}; los archivos se comprueban con su SHA-256.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/words.py"/>
        <source>It is not downloaded by itself, since the SHA-256 of its file is not known here: {steps}</source>
        <translation>No se descarga por sí solo, porque aquí no se conoce el SHA-256 de su archivo: {steps}</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/words.py"/>
        <source>Or choose Import… here, with the file and its SHA-256.</source>
        <translation>O elija Importar… aquí, con el archivo y su SHA-256.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/models/words.py"/>
        <source>Its files are not published on the internet in this form. Put {files} into a folder, name the folder by the environment variable {mirror}, and start QGIS anew.</source>
        <translation>Sus archivos no están publicados en internet en esta forma. Ponga {files} en una carpeta, indique la carpeta en la variable de entorno {mirror} y reinicie QGIS.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/options_page.py"/>
        <source>Engine</source>
        <translation>Motor</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/options_page.py"/>
        <source>Maps are computed in the background by a Python of their own, apart from QGIS. “Set up” makes one in your data folder. Flood maps need little; training and search need PyTorch and take longer to set up.</source>
        <translation>Los mapas se calculan en segundo plano con un Python propio, aparte de QGIS. “Preparar” crea uno en su carpeta de datos. Los mapas de inundación necesitan poco; el entrenamiento y la búsqueda necesitan PyTorch y tardan más en prepararse.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/options_page.py"/>
        <source>Choose the engine's Python</source>
        <translation>Elegir el Python del motor</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/options_page.py"/>
        <source>The engine's Python</source>
        <translation>El Python del motor</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/options_page.py"/>
        <source>&amp;Python</source>
        <translation>&amp;Python</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/options_page.py"/>
        <source>Log of the set-up</source>
        <translation>Registro de la preparación</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/options_page.py"/>
        <source>&amp;Set up</source>
        <translation>Prepara&amp;r</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/options_page.py"/>
        <source>What to set up</source>
        <translation>Qué preparar</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/options_page.py"/>
        <source>S&amp;top the set-up</source>
        <translation>De&amp;tener la preparación</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/options_page.py"/>
        <source>Copy &amp;diagnostics</source>
        <translation>Copiar &amp;diagnóstico</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/options_page.py"/>
        <source>Checks versions, folders, memory and queue, maps a small scene, and copies what it finds as text.</source>
        <translation>Comprueba versiones, carpetas, memoria y cola, cartografía una escena pequeña y copia lo que encuentra como texto.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/options_page.py"/>
        <source>{title} – set up</source>
        <translation>{title} – preparar</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/options_page.py"/>
        <source>Choose the folder for the queue of jobs</source>
        <translation>Elegir la carpeta de la cola de trabajos</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/options_page.py"/>
        <source>Folder of the jobs</source>
        <translation>Carpeta de los trabajos</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/options_page.py"/>
        <source>Where the queue, logs and unfinished work are kept: a folder of its own on a local disk</source>
        <translation>Dónde se guardan la cola, los registros y el trabajo sin terminar: una carpeta propia en un disco local</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/options_page.py"/>
        <source>Automatic: the graphics card where there is one</source>
        <translation>Automático: la tarjeta gráfica si la hay</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/options_page.py"/>
        <source>Processor only</source>
        <translation>Solo el procesador</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/options_page.py"/>
        <source>NVIDIA graphics card</source>
        <translation>Tarjeta gráfica NVIDIA</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/options_page.py"/>
        <source>Where models run; mapping floods without a model always uses the processor</source>
        <translation>Dónde se ejecutan los modelos; cartografiar inundaciones sin modelo siempre usa el procesador</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/options_page.py"/>
        <source>All but one</source>
        <translation>Todos menos uno</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/options_page.py"/>
        <source>How many processor cores a job may use; counts after five minutes without a job</source>
        <translation>Cuántos núcleos del procesador puede usar un trabajo; cuenta tras cinco minutos sin trabajos</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/options_page.py"/>
        <source>&amp;Folder</source>
        <translation>C&amp;arpeta</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/options_page.py"/>
        <source>&amp;Device</source>
        <translation>Dispositi&amp;vo</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/options_page.py"/>
        <source>Processor co&amp;res</source>
        <translation>Nú&amp;cleos del procesador</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/options_page.py"/>
        <source>Automatic: {path}</source>
        <translation>Automático: {path}</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/options_page.py"/>
        <source>Automatic: none found</source>
        <translation>Automático: no se encontró ninguno</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/options_page.py"/>
        <source>It is being set up; the dialog can be closed meanwhile.</source>
        <translation>Se está preparando; mientras tanto puede cerrar el diálogo.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/options_page.py"/>
        <source>Looking at {path} …</source>
        <translation>Mirando {path} …</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/options_page.py"/>
        <source>There is none yet: press “Set up”, or choose one that has GeoFM's packages.</source>
        <translation>Todavía no hay ninguno: pulse “Preparar” o elija uno que tenga los paquetes de GeoFM.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/options_page.py"/>
        <source>Python {version} with all packages: ready</source>
        <translation>Python {version} con todos los paquetes: listo</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/options_page.py"/>
        <source>Python {version}: ready for flood maps; packages for training and search are not set up</source>
        <translation>Python {version}: listo para mapas de inundación; los paquetes de entrenamiento y búsqueda no están preparados</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/options_page.py"/>
        <source>{title} … (step {number} of {count}; {cost} in all)</source>
        <translation>{title} … (paso {number} de {count}; {cost} en total)</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/options_page.py"/>
        <source>Looking at the engine …</source>
        <translation>Mirando el motor …</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/options_page.py"/>
        <source>The diagnostics are on the clipboard.</source>
        <translation>El diagnóstico está en el portapapeles.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/options_page.py"/>
        <source>Give the folder's whole path.</source>
        <translation>Dé la ruta completa de la carpeta.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/plugin.py"/>
        <source>Map floods and land cover, train models, and search images</source>
        <translation>Cartografíe inundaciones y cobertura del suelo, entrene modelos y busque en imágenes</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/plugin.py"/>
        <source>GeoFM &amp;models…</source>
        <translation>&amp;Modelos de GeoFM…</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/plugin.py"/>
        <source>The diagnostics are on the clipboard, and in the log tab “GeoFM”.</source>
        <translation>El diagnóstico está en el portapapeles y en la pestaña de registro “GeoFM”.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/plugin.py"/>
        <source>“{name}” is finished.</source>
        <translation>“{name}” ha terminado.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/plugin.py"/>
        <source>Add the layers</source>
        <translation>Añadir las capas</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/plugin.py"/>
        <source>“{name}” is on the map.</source>
        <translation>“{name}” está en el mapa.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/plugin.py"/>
        <source>“{name}” cannot be edited; make a new label layer.</source>
        <translation>“{name}” no se puede editar; cree una capa de etiquetas nueva.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/project/area.py"/>
        <source>There is no coordinate system to place the area with; set the project's or layer's CRS.</source>
        <translation>No hay sistema de coordenadas para situar el área; fije el SRC del proyecto o de la capa.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/project/area.py"/>
        <source>The area is empty; draw a rectangle or a polygon.</source>
        <translation>El área está vacía; dibuje un rectángulo o un polígono.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/project/area.py"/>
        <source>The area has corners without finite coordinates; draw it again.</source>
        <translation>El área tiene esquinas sin coordenadas finitas; dibújela de nuevo.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/project/area.py"/>
        <source>The outline of the area crosses itself; draw it again.</source>
        <translation>El contorno del área se cruza a sí mismo; dibújelo de nuevo.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/project/area.py"/>
        <source>The area reaches beyond what {crs} can show; draw a smaller one.</source>
        <translation>El área llega más allá de lo que {crs} puede mostrar; dibuje una más pequeña.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/project/area.py"/>
        <source>The area crosses the date line or a pole; map the parts on each side of it one by one.</source>
        <translation>El área cruza la línea de fecha o un polo; cartografíe las partes de cada lado una por una.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/project/class_styles.py"/>
        <source>Flood by both</source>
        <translation>Inundación según ambos</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/project/class_styles.py"/>
        <source>Water by both</source>
        <translation>Agua según ambos</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/project/class_styles.py"/>
        <source>Flood by {method} alone</source>
        <translation>Inundación solo según {method}</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/project/class_styles.py"/>
        <source>Water by {method} alone</source>
        <translation>Agua solo según {method}</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/project/class_styles.py"/>
        <source>mapped as {name}</source>
        <translation>cartografiado como {name}</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/project/layers.py"/>
        <source>{files} cannot be loaded: missing, moved or damaged; put it back or run the job again.</source>
        <translation>No se puede cargar {files}: falta, se movió o está dañado; devuélvalo a su sitio o ejecute el trabajo de nuevo.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/project/layers.py"/>
        <source>The job has made no layers for the map.</source>
        <translation>El trabajo no ha hecho capas para el mapa.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/project/naming.py"/>
        <source>The folder {folder} cannot be made ({reason}); choose another one under “Save as”.</source>
        <translation>No se puede crear la carpeta {folder} ({reason}); elija otra en “Guardar como”.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/project/provenance.py"/>
        <source>{name}: {area}.</source>
        <translation>{name}: {area}.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/project/provenance.py"/>
        <source>Observed: {share:.1%} of the area.</source>
        <translation>Observado: {share:.1%} del área.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/project/provenance.py"/>
        <source>Software</source>
        <translation>Software</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/project/provenance.py"/>
        <source>Created</source>
        <translation>Creado</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/project/provenance.py"/>
        <source>at an unknown time</source>
        <translation>en un momento desconocido</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/project/provenance.py"/>
        <source>{title}, acquired {when}: {files}</source>
        <translation>{title}, adquirida el {when}: {files}</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/project/provenance.py"/>
        <source>Elevation</source>
        <translation>Elevación</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/project/provenance.py"/>
        <source>Height above the nearest drainage</source>
        <translation>Altura sobre el drenaje más cercano</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/project/provenance.py"/>
        <source>Area of interest: {area}</source>
        <translation>Área de interés: {area}</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/project/provenance.py"/>
        <source>chosen on the map</source>
        <translation>elegida en el mapa</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/project/provenance.py"/>
        <source>Parameter {name}: {value}</source>
        <translation>Parámetro {name}: {value}</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/project/provenance.py"/>
        <source>Folder of the model</source>
        <translation>Carpeta del modelo</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/project/provenance.py"/>
        <source>SHA-256 of the model</source>
        <translation>SHA-256 del modelo</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/project/provenance.py"/>
        <source>Labels that the model learned from</source>
        <translation>Etiquetas de las que aprendió el modelo</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/project/provenance.py"/>
        <source>Field of the class</source>
        <translation>Campo de la clase</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/project/provenance.py"/>
        <source>Accuracy of the model on labels that it had not seen: {share:.1%}</source>
        <translation>Exactitud del modelo en etiquetas que no había visto: {share:.1%}</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/project/provenance.py"/>
        <source>Image after the flood</source>
        <translation>Imagen de después de la inundación</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/project/provenance.py"/>
        <source>Image before the flood</source>
        <translation>Imagen de antes de la inundación</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/project/provenance.py"/>
        <source>grey levels</source>
        <translation>niveles de gris</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/project/provenance.py"/>
        <source>Threshold after the flood</source>
        <translation>Umbral después de la inundación</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/project/provenance.py"/>
        <source>Threshold before the flood</source>
        <translation>Umbral antes de la inundación</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/project/provenance.py"/>
        <source>{title}, {polarisation}: {value:.2f} {unit} (from {source})</source>
        <translation>{title}, {polarisation}: {value:.2f} {unit} (de {source})</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/project/provenance.py"/>
        <source>{title}, {polarisation}: {value:.2f} {unit} (chosen by hand; found: {found:.2f})</source>
        <translation>{title}, {polarisation}: {value:.2f} {unit} (elegido a mano; hallado: {found:.2f})</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/project/sources.py"/>
        <source>“{name}” comes from the web; download it as a file, and choose that one.</source>
        <translation>“{name}” viene de la web; descárguela como archivo y elija ese.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/project/sources.py"/>
        <source>“{name}” is no file; save it as GeoTIFF (Layer &gt; Save As…), and choose that one.</source>
        <translation>“{name}” no es un archivo; guárdela como GeoTIFF (Capa &gt; Guardar como…) y elija ese.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/project/sources.py"/>
        <source>{path} does not exist any more; choose another file.</source>
        <translation>{path} ya no existe; elija otro archivo.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/project/sources.py"/>
        <source>QGIS cannot read “{name}” ({path}); choose another layer.</source>
        <translation>QGIS no puede leer “{name}” ({path}); elija otra capa.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/project/sources.py"/>
        <source>The file of “{name}” is not there any more ({path}); repair the layer, or choose another one.</source>
        <translation>El archivo de “{name}” ya no está ({path}); repare la capa o elija otra.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/project/sources.py"/>
        <source>“{name}” has the coordinate system {set} in QGIS but {own} in its file; take the file's own, or write the other one to the file (Raster &gt; Projections &gt; Assign Projection…).</source>
        <translation>“{name}” tiene el sistema de coordenadas {set} en QGIS pero {own} en su archivo; tome el del archivo o escriba el otro en el archivo (Ráster &gt; Proyecciones &gt; Asignar proyección…).</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/project/sources.py"/>
        <source>“{name}” cannot be read; repair the layer first.</source>
        <translation>“{name}” no se puede leer; repare primero la capa.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/project/sources.py"/>
        <source>Nothing is selected in “{name}”; select some features.</source>
        <translation>No hay nada seleccionado en “{name}”; seleccione algunos objetos espaciales.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/project/sources.py"/>
        <source>“{name}” is empty.</source>
        <translation>“{name}” está vacía.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/project/sources.py"/>
        <source>A copy of “{name}” could not be written ({reason}); choose another folder for the results.</source>
        <translation>No se pudo escribir una copia de “{name}” ({reason}); elija otra carpeta para los resultados.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/algorithm.py"/>
        <source>&lt;p&gt;Finds the places of indexed images that fit a phrase best, as polygons with rank and score.&lt;/p&gt;&lt;p&gt;Scores are standard deviations above what the phrase gives to the index's average place, so that a score means the same for every search.&lt;/p&gt;&lt;p&gt;A warning tells where the phrase is not among what a basic model was taught.&lt;/p&gt;</source>
        <translation>&lt;p&gt;Encuentra los lugares de las imágenes indexadas que mejor encajan con una frase, como polígonos con rango y puntuación.&lt;/p&gt;&lt;p&gt;Las puntuaciones son desviaciones típicas por encima de lo que la frase da al lugar medio del índice, de modo que una puntuación significa lo mismo en cada búsqueda.&lt;/p&gt;&lt;p&gt;Un aviso dice cuándo la frase no está entre lo que se enseñó a un modelo básico.&lt;/p&gt;</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/algorithm.py"/>
        <source>Search by text</source>
        <translation>Buscar por texto</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/algorithm.py"/>
        <source>Finds the places of indexed images that fit a phrase best, without training.</source>
        <translation>Encuentra los lugares de las imágenes indexadas que mejor encajan con una frase, sin entrenar.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/algorithm.py"/>
        <source>Number of hits</source>
        <translation>Número de resultados</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/algorithm.py"/>
        <source>Score of the best hit</source>
        <translation>Puntuación del mejor resultado</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/algorithm_base.py"/>
        <source>find,similar,text,clip,embedding,retrieval,imagery,semantic</source>
        <translation>buscar,similar,texto,clip,embedding,recuperación,imágenes,semántica</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/algorithm_base.py"/>
        <source>Search</source>
        <translation>Buscar</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/algorithm_base.py"/>
        <source>Index</source>
        <translation>Índice</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/algorithm_base.py"/>
        <source>The folder that “Build a search index” made.</source>
        <translation>La carpeta que creó “Crear un índice de búsqueda”.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/algorithm_base.py"/>
        <source>What to search for</source>
        <translation>Qué buscar</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/algorithm_base.py"/>
        <source>In English. “;” between phrases averages them; “not:” says what is not wanted.</source>
        <translation>En inglés. “;” entre frases las promedia; “not:” dice lo que no se quiere.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/algorithm_base.py"/>
        <source>Only this area is searched.</source>
        <translation>Solo se busca en esta área.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/algorithm_base.py"/>
        <source>First day</source>
        <translation>Primer día</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/algorithm_base.py"/>
        <source>Last day</source>
        <translation>Último día</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/algorithm_base.py"/>
        <source>Of the images' acquisition; images without a date are left out then.</source>
        <translation>De la adquisición de las imágenes; las imágenes sin fecha se excluyen entonces.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/algorithm_base.py"/>
        <source>{folder} holds no index; choose the folder of one.</source>
        <translation>{folder} no contiene ningún índice; elija la carpeta de uno.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/algorithm_base.py"/>
        <source>“{label}” is no day; give one such as 2024-10-30.</source>
        <translation>“{label}” no es un día; dé uno como 2024-10-30.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/build.py"/>
        <source>B&amp;uild the index</source>
        <translation>Crear e&amp;l índice</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/build.py"/>
        <source>Pause</source>
        <translation>Pausar</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/build.py"/>
        <source>What is done is kept and can be searched; it goes on where it stopped.</source>
        <translation>Lo hecho se conserva y se puede buscar; sigue donde se detuvo.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/build.py"/>
        <source>The files are parts of one image</source>
        <translation>Los archivos son partes de una imagen</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/build.py"/>
        <source>Its bands, or tiles side by side. Otherwise each file is an image of its own.</source>
        <translation>Sus bandas, o teselas contiguas. Si no, cada archivo es una imagen.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/build.py"/>
        <source>Name of the index</source>
        <translation>Nombre del índice</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/build.py"/>
        <source>The list of indexes shows it, and its folder is called so.</source>
        <translation>La lista de índices lo muestra, y su carpeta se llama así.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/build.py"/>
        <source>Hide</source>
        <translation>Ocultar</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/build.py"/>
        <source>Any sensor, scale and coordinate system.</source>
        <translation>Cualquier sensor, escala y sistema de coordenadas.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/build.py"/>
        <source>Images</source>
        <translation>Imágenes</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/build.py"/>
        <source>Add all loaded images</source>
        <translation>Añadir todas las imágenes cargadas</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/build.py"/>
        <source>By model and image</source>
        <translation>Según el modelo y la imagen</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/build.py"/>
        <source>Sides of the windows on the ground in metres, such as: 64, 128</source>
        <translation>Lados de las ventanas sobre el terreno en metros, por ejemplo: 64, 128</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/build.py"/>
        <source>Windows (m)</source>
        <translation>Ventanas (m)</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/build.py"/>
        <source>Names of bands</source>
        <translation>Nombres de las bandas</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/build.py"/>
        <source>An index is being built; wait for its end, or pause it.</source>
        <translation>Se está creando un índice; espere a que termine o páuselo.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/build.py"/>
        <source>New index</source>
        <translation>Índice nuevo</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/build.py"/>
        <source>Images for “{name}”</source>
        <translation>Imágenes para “{name}”</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/build.py"/>
        <source>Changes in “{name}”</source>
        <translation>Cambios en “{name}”</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/build.py"/>
        <source>Images out of “{name}”</source>
        <translation>Imágenes fuera de “{name}”</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/build.py"/>
        <source>Choose images for the index first.</source>
        <translation>Elija primero imágenes para el índice.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/build.py"/>
        <source>Pausing…</source>
        <translation>Pausando…</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/build.py"/>
        <source>Res&amp;ume</source>
        <translation>Re&amp;anudar</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/build.py"/>
        <source>Add the images</source>
        <translation>Añadir las imágenes</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/build.py"/>
        <source>Look for chan&amp;ges</source>
        <translation>Bu&amp;scar cambios</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/build.py"/>
        <source>Remove the &amp;images</source>
        <translation>Quitar las imá&amp;genes</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/filters.py"/>
        <source>All images of the index</source>
        <translation>Todas las imágenes del índice</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/filters.py"/>
        <source>Search everywhere again</source>
        <translation>Buscar de nuevo en todas partes</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/filters.py"/>
        <source>the first day</source>
        <translation>el primer día</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/filters.py"/>
        <source>the last day</source>
        <translation>el último día</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/filters.py"/>
        <source>Only images from this day on; images without a date are left out then.</source>
        <translation>Solo imágenes desde este día; las imágenes sin fecha se excluyen entonces.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/filters.py"/>
        <source>Only images up to this day; images without a date are left out then.</source>
        <translation>Solo imágenes hasta este día; las imágenes sin fecha se excluyen entonces.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/filters.py"/>
        <source>How many of the best places are brought at most.</source>
        <translation>Cuántos de los mejores lugares se traen como máximo.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/filters.py"/>
        <source>From</source>
        <translation>Desde</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/filters.py"/>
        <source>To</source>
        <translation>Hasta</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/filters.py"/>
        <source>Hits</source>
        <translation>Resultados</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/grid.py"/>
        <source>&amp;Zoom to it</source>
        <translation>&amp;Acercar a él</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/grid.py"/>
        <source>&amp;Flash its outline</source>
        <translation>&amp;Destellar su contorno</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/grid.py"/>
        <source>Mark &amp;good (+)</source>
        <translation>Marcar como &amp;bueno (+)</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/grid.py"/>
        <source>Mark &amp;bad (-)</source>
        <translation>Marcar como &amp;malo (-)</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/grid.py"/>
        <source>&amp;More like this</source>
        <translation>Más &amp;como este</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/grid.py"/>
        <source>The image is gone</source>
        <translation>La imagen ya no está</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/histogram.py"/>
        <source>Standard deviations above what the search gives to the average place.</source>
        <translation>Desviaciones típicas por encima de lo que la búsqueda da al lugar medio.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/histogram.py"/>
        <source>All</source>
        <translation>Todos</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/histogram.py"/>
        <source>Show all hits</source>
        <translation>Mostrar todos los resultados</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/histogram.py"/>
        <source>Score from</source>
        <translation>Puntuación desde</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/histogram.py"/>
        <source>{shown} of {hits}</source>
        <translation>{shown} de {hits}</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/histogram.py"/>
        <source>About {above} of {total} places that were searched reach this score.</source>
        <translation>Unos {above} de los {total} lugares buscados alcanzan esta puntuación.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/histogram.py"/>
        <source>Score</source>
        <translation>Puntuación</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/histogram.py"/>
        <source>Places</source>
        <translation>Lugares</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/hits_model.py"/>
        <source>{rank}: score {score}</source>
        <translation>{rank}: puntuación {score}</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/hits_model.py"/>
        <source>{side} wide</source>
        <translation>{side} de ancho</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/hits_model.py"/>
        <source>Rank {rank}, score {score}</source>
        <translation>Puesto {rank}, puntuación {score}</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/hits_model.py"/>
        <source>The image is gone since it was indexed.</source>
        <translation>La imagen ha desaparecido desde que se indexó.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/hits_model.py"/>
        <source>The image has changed since it was indexed.</source>
        <translation>La imagen ha cambiado desde que se indexó.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/hits_model.py"/>
        <source>Marked good.</source>
        <translation>Marcado como bueno.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/hits_model.py"/>
        <source>Marked bad.</source>
        <translation>Marcado como malo.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/images.py"/>
        <source>Remove images from “{name}”</source>
        <translation>Quitar imágenes de “{name}”</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/images.py"/>
        <source>Checked images are found no longer. Their files stay as they are.</source>
        <translation>Las imágenes marcadas ya no se encontrarán. Sus archivos se quedan como están.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/images.py"/>
        <source> and {count} more files</source>
        <translation> y {count} archivos más</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/images.py"/>
        <source> (gone)</source>
        <translation> (desaparecida)</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/images.py"/>
        <source>&amp;Remove one image</source>
        <translation>&amp;Quitar una imagen</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/images.py"/>
        <source>&amp;Remove {count} images</source>
        <translation>&amp;Quitar {count} imágenes</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/images.py"/>
        <source>&amp;Remove</source>
        <translation>&amp;Quitar</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/index.py"/>
        <source>Build an index, add images, and more</source>
        <translation>Crear un índice, añadir imágenes y más</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/index.py"/>
        <source>&amp;Build a new index…</source>
        <translation>&amp;Crear un índice nuevo…</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/index.py"/>
        <source>&amp;Add images…</source>
        <translation>&amp;Añadir imágenes…</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/index.py"/>
        <source>&amp;Look for changed images</source>
        <translation>&amp;Buscar imágenes cambiadas</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/index.py"/>
        <source>&amp;Remove images…</source>
        <translation>&amp;Quitar imágenes…</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/index.py"/>
        <source>&amp;Show its images on the map</source>
        <translation>&amp;Mostrar sus imágenes en el mapa</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/index.py"/>
        <source>&amp;Open an index folder…</source>
        <translation>A&amp;brir la carpeta de un índice…</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/index.py"/>
        <source>&amp;Take it off this list</source>
        <translation>Quitar&amp;lo de esta lista</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/index.py"/>
        <source>{name} (basic)</source>
        <translation>{name} (básico)</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/index.py"/>
        <source>No index yet</source>
        <translation>Todavía no hay índices</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/index.py"/>
        <source>{count} places</source>
        <translation>{count} lugares</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/index.py"/>
        <source>one image</source>
        <translation>una imagen</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/index.py"/>
        <source>{count} images</source>
        <translation>{count} imágenes</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/index.py"/>
        <source>{sides} wide</source>
        <translation>{sides} de ancho</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/index.py"/>
        <source>An index makes images searchable: build one, or open its folder.</source>
        <translation>Un índice permite buscar en las imágenes: cree uno o abra su carpeta.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/index.py"/>
        <source>Open an index folder</source>
        <translation>Abrir la carpeta de un índice</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/index.py"/>
        <source>This index is not finished: images are missing from it.</source>
        <translation>Este índice no está terminado: le faltan imágenes.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/index.py"/>
        <source>Go on</source>
        <translation>Seguir</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/index.py"/>
        <source>{count} changed</source>
        <translation>{count} cambiadas</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/index.py"/>
        <source>{count} gone</source>
        <translation>{count} desaparecidas</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/index.py"/>
        <source>Images since it was built: {parts}.</source>
        <translation>Imágenes desde que se creó: {parts}.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/index.py"/>
        <source>Remove</source>
        <translation>Quitar</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/index.py"/>
        <source>Look again</source>
        <translation>Mirar de nuevo</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/index.py"/>
        <source>Mend it</source>
        <translation>Repararlo</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/index_algorithm.py"/>
        <source>&lt;p&gt;Cuts images into windows on the ground and keeps what a model sees in each, so that “Search by text” answers at once. Images of any resolution, sensor and coordinate system go side by side.&lt;/p&gt;&lt;p&gt;A run that was cancelled goes on where it stopped when the same is asked again.&lt;/p&gt;&lt;p&gt;The work is done by a background job, which Cancel stops. The panel of GeoFM shows it too.&lt;/p&gt;</source>
        <translation>&lt;p&gt;Corta imágenes en ventanas sobre el terreno y guarda lo que un modelo ve en cada una, de modo que “Buscar por texto” responde al momento. Imágenes de cualquier resolución, sensor y sistema de coordenadas van juntas.&lt;/p&gt;&lt;p&gt;Una ejecución cancelada sigue donde se detuvo cuando se pide lo mismo otra vez.&lt;/p&gt;&lt;p&gt;El trabajo se hace en segundo plano y Cancelar lo detiene. El panel de GeoFM también lo muestra.&lt;/p&gt;</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/index_algorithm.py"/>
        <source>Build a search index</source>
        <translation>Crear un índice de búsqueda</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/index_algorithm.py"/>
        <source>Makes images searchable by text, or adds images to an index.</source>
        <translation>Permite buscar por texto en imágenes, o añade imágenes a un índice.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/index_algorithm.py"/>
        <source>Number of places that can be searched</source>
        <translation>Número de lugares en los que se puede buscar</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/index_algorithm.py"/>
        <source>Number of images in the index</source>
        <translation>Número de imágenes del índice</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/index_algorithm.py"/>
        <source>Each is an image of its own. Looking for changes needs none: all of the index are looked at.</source>
        <translation>Cada una es una imagen propia. Para buscar cambios no hace falta ninguna: se miran todas las del índice.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/index_algorithm.py"/>
        <source>Its bands, or tiles side by side.</source>
        <translation>Sus bandas, o teselas contiguas.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/index_algorithm.py"/>
        <source>The folder of a model for search, or the name of an installed one; for a new index.</source>
        <translation>La carpeta de un modelo de búsqueda, o el nombre de uno instalado; para un índice nuevo.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/indexes.py"/>
        <source>The index {folder} cannot be read; look for changed images to mend it.</source>
        <translation>No se puede leer el índice {folder}; busque imágenes cambiadas para repararlo.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/indexes.py"/>
        <source>“{text}” are no windows; give metres such as 64, 128.</source>
        <translation>“{text}” no son ventanas; dé metros, por ejemplo 64, 128.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/jobs.py"/>
        <source>The search did not succeed.</source>
        <translation>La búsqueda no terminó bien.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/jobs.py"/>
        <source>The index cannot be opened.</source>
        <translation>No se puede abrir el índice.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/jobs.py"/>
        <source>The answer cannot be read ({error}); search again.</source>
        <translation>No se puede leer la respuesta ({error}); busque de nuevo.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/layer.py"/>
        <source>{path} cannot be written ({reason}).</source>
        <translation>No se puede escribir {path} ({reason}).</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/map.py"/>
        <source>Indexed images</source>
        <translation>Imágenes indexadas</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/map.py"/>
        <source>{path} is missing or damaged; look for changed images to have it again.</source>
        <translation>{path} falta o está dañado; busque imágenes cambiadas para recuperarlo.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/marks.py"/>
        <source>Search a&amp;gain</source>
        <translation>&amp;Buscar de nuevo</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/marks.py"/>
        <source>Search with the marks; from about five on, the search learns from them what you mean.</source>
        <translation>Buscar con las marcas; a partir de unas cinco, la búsqueda aprende de ellas lo que usted quiere decir.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/marks.py"/>
        <source>{good} good, {bad} bad</source>
        <translation>{good} buenos, {bad} malos</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/models.py"/>
        <source>Model for search</source>
        <translation>Modelo de búsqueda</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/models.py"/>
        <source>Install models…</source>
        <translation>Instalar modelos…</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/models.py"/>
        <source>There is no model for search yet; install one, or choose a model's folder.</source>
        <translation>Todavía no hay ningún modelo de búsqueda; instale uno o elija la carpeta de un modelo.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/models.py"/>
        <source>No models for search yet</source>
        <translation>Todavía no hay modelos de búsqueda</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/models.py"/>
        <source>Install a model to search with: “+” offers {title} ({size}). The small “GeoFM basic” was taught with pictures for research only, so it does not come with the plugin: a checkout of GeoFM has it, and Import… takes its folder.</source>
        <translation>Instale un modelo con el que buscar: “+” ofrece {title} ({size}). El pequeño “GeoFM basic” se entrenó con fotografías solo para investigación, así que no viene con el complemento: una copia del código de GeoFM lo trae, e Importar… toma su carpeta.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/models.py"/>
        <source>It finds by example, place and marks.</source>
        <translation>Encuentra por ejemplo, lugar y marcas.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/models.py"/>
        <source>{title} (reads no words)</source>
        <translation>{title} (no lee palabras)</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/models.py"/>
        <source>{title} (basic)</source>
        <translation>{title} (básico)</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/models.py"/>
        <source>Basic: it knows {count} things ({names}) and other words for them, nothing else.</source>
        <translation>Básico: conoce {count} cosas ({names}) y otras palabras para ellas, nada más.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/outcome.py"/>
        <source>how well each place fits</source>
        <translation>cómo encaja cada lugar</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/outcome.py"/>
        <source>{tiles} places can be searched</source>
        <translation>Se puede buscar en {tiles} lugares</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/panel.py"/>
        <source>Where and when</source>
        <translation>Dónde y cuándo</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/panel.py"/>
        <source>Build or open an index first.</source>
        <translation>Cree o abra primero un índice.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/panel.py"/>
        <source>Nothing was found.</source>
        <translation>No se encontró nada.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/panel.py"/>
        <source>The layer of hits was removed from the project; search again.</source>
        <translation>La capa de resultados se quitó del proyecto; busque de nuevo.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/panel.py"/>
        <source>Saved: {path}</source>
        <translation>Guardado: {path}</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/panel.py"/>
        <source>The score map is being made; it comes as a layer.</source>
        <translation>Se está haciendo el mapa de puntuación; llega como capa.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/parts.py"/>
        <source>Image…</source>
        <translation>Imagen…</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/parts.py"/>
        <source>Search by an example: an image file, which can also be dropped here</source>
        <translation>Buscar por un ejemplo: un archivo de imagen, que también se puede soltar aquí</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/parts.py"/>
        <source>Search for more like an area: draw a rectangle on the map</source>
        <translation>Buscar más como un área: dibuje un rectángulo en el mapa</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/parts.py"/>
        <source>Place</source>
        <translation>Lugar</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/parts.py"/>
        <source>Search for more like a place: click it on the map</source>
        <translation>Buscar más como un lugar: haga clic en él en el mapa</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/parts.py"/>
        <source>More like:</source>
        <translation>Más como:</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/parts.py"/>
        <source>like {name}</source>
        <translation>como {name}</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/parts.py"/>
        <source>like {place}</source>
        <translation>como {place}</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/parts.py"/>
        <source>The blue outline on the map</source>
        <translation>El contorno azul en el mapa</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/parts.py"/>
        <source>Images ({endings});;All files (*)</source>
        <translation>Imágenes ({endings});;Todos los archivos (*)</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/parts.py"/>
        <source>Search by example images</source>
        <translation>Buscar por imágenes de ejemplo</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/parts.py"/>
        <source>Search without it</source>
        <translation>Buscar sin esto</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/parts.py"/>
        <source>Search without: {words}</source>
        <translation>Buscar sin: {words}</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/places.py"/>
        <source>the place {lon}°, {lat}°</source>
        <translation>el lugar {lon}°, {lat}°</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/places.py"/>
        <source>an area</source>
        <translation>un área</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/places.py"/>
        <source>an area of {size} m²</source>
        <translation>un área de {size} m²</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/places.py"/>
        <source>an area of {size} km²</source>
        <translation>un área de {size} km²</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/places.py"/>
        <source>There is no place on the Earth where you clicked; click on an image.</source>
        <translation>No hay ningún lugar de la Tierra donde hizo clic; haga clic en una imagen.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/queries.py"/>
        <source>like a hit</source>
        <translation>como un resultado</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/queries.py"/>
        <source>like {count} hits</source>
        <translation>como {count} resultados</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/queries.py"/>
        <source>{good} good and {bad} bad</source>
        <translation>{good} buenos y {bad} malos</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/queries.py"/>
        <source>not {phrase}</source>
        <translation>no {phrase}</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/query.py"/>
        <source>What you look for, in English. “;” between phrases averages them; “not:” says what is not wanted.</source>
        <translation>Lo que busca, en inglés. “;” entre frases las promedia; “not:” dice lo que no se quiere.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/query.py"/>
        <source>Earlier searches, examples and saved searches</source>
        <translation>Búsquedas anteriores, ejemplos y búsquedas guardadas</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/query.py"/>
        <source>such as: {words}</source>
        <translation>por ejemplo: {words}</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/query.py"/>
        <source>such as: flooded fields beside a village</source>
        <translation>por ejemplo: flooded fields beside a village</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/query.py"/>
        <source>the model reads no words: add an image, area or place</source>
        <translation>el modelo no lee palabras: añada una imagen, un área o un lugar</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/query.py"/>
        <source>Earlier searches</source>
        <translation>Búsquedas anteriores</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/query.py"/>
        <source>Examples</source>
        <translation>Ejemplos</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/query.py"/>
        <source>Saved in the project</source>
        <translation>Guardadas en el proyecto</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/query.py"/>
        <source>Sa&amp;ve this search…</source>
        <translation>&amp;Guardar esta búsqueda…</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/query.py"/>
        <source>&amp;Delete a saved search</source>
        <translation>&amp;Borrar una búsqueda guardada</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/query.py"/>
        <source>Save this search</source>
        <translation>Guardar esta búsqueda</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/query.py"/>
        <source>Name</source>
        <translation>Nombre</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/results.py"/>
        <source>Show all hits on the map</source>
        <translation>Mostrar todos los resultados en el mapa</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/results.py"/>
        <source>Save the hits that are shown as a GeoPackage</source>
        <translation>Guardar los resultados mostrados como GeoPackage</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/results.py"/>
        <source>Score map: make a raster of the scores of all places</source>
        <translation>Mapa de puntuación: hacer un ráster con las puntuaciones de todos los lugares</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/results.py"/>
        <source>Save the hits</source>
        <translation>Guardar los resultados</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/score_map_algorithm.py"/>
        <source>&lt;p&gt;Maps how well each place of indexed images fits a phrase: a heat map.&lt;/p&gt;&lt;p&gt;Scores are standard deviations above what the phrase gives to the index's average place; a cell takes the mean of the windows over it, of which smaller ones count for more.&lt;/p&gt;</source>
        <translation>&lt;p&gt;Cartografía cómo encaja cada lugar de las imágenes indexadas con una frase: un mapa de calor.&lt;/p&gt;&lt;p&gt;Las puntuaciones son desviaciones típicas por encima de lo que la frase da al lugar medio del índice; una celda toma la media de las ventanas que la cubren, de las que las pequeñas cuentan más.&lt;/p&gt;</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/score_map_algorithm.py"/>
        <source>Score map</source>
        <translation>Mapa de puntuación</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/search/score_map_algorithm.py"/>
        <source>Maps how well each place of indexed images fits a phrase.</source>
        <translation>Cartografía cómo encaja cada lugar de las imágenes indexadas con una frase.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/algorithm.py"/>
        <source>&lt;p&gt;Learns land cover from polygons with a class field. A part of the polygons, apart in space from the others, is kept to check the model on: accuracy and mean F1 are those of pixels that it had not seen.&lt;/p&gt;&lt;p&gt;“Map land cover” maps any image of the same bands with the model. Models can be shared as folders, and exported for Deepness.&lt;/p&gt;&lt;p&gt;The work is done by a background job, which Cancel stops. The panel of GeoFM shows its curves.&lt;/p&gt;</source>
        <translation>&lt;p&gt;Aprende la cobertura del suelo de polígonos con un campo de clase. Una parte de los polígonos, separada en el espacio de los demás, se reserva para comprobar el modelo: la exactitud y el F1 medio son los de píxeles que no había visto.&lt;/p&gt;&lt;p&gt;“Cartografiar cobertura del suelo” cartografía con el modelo cualquier imagen de las mismas bandas. Los modelos se pueden compartir como carpetas y exportar para Deepness.&lt;/p&gt;&lt;p&gt;El trabajo se hace en segundo plano y Cancelar lo detiene. El panel de GeoFM muestra sus curvas.&lt;/p&gt;</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/algorithm.py"/>
        <source>Train a land-cover model</source>
        <translation>Entrenar un modelo de cobertura del suelo</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/algorithm.py"/>
        <source>classification,supervised,segmentation,random forest,u-net,deep learning,lulc,crops</source>
        <translation>clasificación,supervisada,segmentación,random forest,u-net,deep learning,lulc,cultivos</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/algorithm.py"/>
        <source>Learns classes from labelled polygons on an image, and tells how good the model is.</source>
        <translation>Aprende clases de polígonos etiquetados sobre una imagen y dice lo bueno que es el modelo.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/algorithm.py"/>
        <source>“{label}” is for Balanced and Best; leave it empty.</source>
        <translation>“{label}” es para Equilibrado y Óptimo; déjelo vacío.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/algorithm.py"/>
        <source>“{label}” is for Best; leave it empty.</source>
        <translation>“{label}” es para Óptimo; déjelo vacío.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/algorithm.py"/>
        <source>There is no network “{name}”; choose one of {titles}.</source>
        <translation>No existe la red “{name}”; elija una de {titles}.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/confusion.py"/>
        <source>Confusion matrix</source>
        <translation>Matriz de confusión</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/confusion.py"/>
        <source>Copy as a table</source>
        <translation>Copiar como tabla</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/confusion.py"/>
        <source>{truth}: mapped as {mapped} in {count} pixels ({share} %)</source>
        <translation>{truth}: cartografiado como {mapped} en {count} píxeles ({share} %)</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/confusion.py"/>
        <source>Mapped as</source>
        <translation>Cartografiado como</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/confusion.py"/>
        <source>Polygons say</source>
        <translation>Según los polígonos</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/options.py"/>
        <source>The preset's own</source>
        <translation>El propio del modo</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/options.py"/>
        <source>Encoder</source>
        <translation>Codificador</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/options.py"/>
        <source>Network</source>
        <translation>Red</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/options.py"/>
        <source>{title} (default)</source>
        <translation>{title} (por defecto)</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/panel.py"/>
        <source>Start trainin&amp;g</source>
        <translation>Iniciar e&amp;l entrenamiento</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/panel.py"/>
        <source>Stop and &amp;keep the best</source>
        <translation>Parar y &amp;guardar lo mejor</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/panel.py"/>
        <source>Add an image</source>
        <translation>Añadir una imagen</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/panel.py"/>
        <source>Remove this image</source>
        <translation>Quitar esta imagen</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/panel.py"/>
        <source>Name of the model</source>
        <translation>Nombre del modelo</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/panel.py"/>
        <source>The Land cover tab offers the model by this name.</source>
        <translation>La pestaña Cobertura ofrece el modelo con este nombre.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/panel.py"/>
        <source>One line each; bands apart and tiles side by side go together.</source>
        <translation>Una por línea; las bandas por separado y las teselas contiguas van juntas.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/panel.py"/>
        <source>What to map</source>
        <translation>Qué cartografiar</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/panel.py"/>
        <source>Labelled polygons</source>
        <translation>Polígonos etiquetados</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/panel.py"/>
        <source>Way to learn</source>
        <translation>Modo de aprender</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/panel.py"/>
        <source>Choose an image to learn from first.</source>
        <translation>Elija primero una imagen de la que aprender.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/panel.py"/>
        <source>A flood model has the classes dry, and flood and permanent water, or water; here they are {names}: rename them, or choose “Land cover”.</source>
        <translation>Un modelo de inundación tiene las clases seco, e inundación y agua permanente, o agua; aquí son {names}: cámbieles el nombre o elija “Cobertura del suelo”.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/panel.py"/>
        <source>“Balanced” needs the encoder {name}, which is not installed: install it, or choose “Quick”.</source>
        <translation>“Equilibrado” necesita el codificador {name}, que no está instalado: instálelo o elija “Rápido”.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/parameters.py"/>
        <source>What Best builds on the encoder. Default: the preset's own.</source>
        <translation>Lo que Óptimo construye sobre el codificador. Por defecto: lo propio del modo.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/parameters.py"/>
        <source>The folder that becomes the model. Default: among GeoFM's models, where the Land cover tab finds it.</source>
        <translation>La carpeta que será el modelo. Por defecto: entre los modelos de GeoFM, donde la encuentra la pestaña Cobertura.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/parameters.py"/>
        <source>Accuracy on validation pixels (0 to 1)</source>
        <translation>Exactitud en píxeles de validación (0 a 1)</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/parameters.py"/>
        <source>The image to learn from: one file with all bands, or its bands apart, or its tiles side by side.</source>
        <translation>La imagen de la que aprender: un archivo con todas las bandas, o sus bandas por separado, o sus teselas contiguas.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/parameters.py"/>
        <source>Images before, {number}</source>
        <translation>Imágenes de antes, {number}</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/parameters.py"/>
        <source>An older image of the place of the first one, the newest first, for networks of Best that compare dates. Where there are other places, leave it empty: they would need one, too.</source>
        <translation>Una imagen anterior del lugar de la primera, la más nueva primero, para las redes de Óptimo que comparan fechas. Si hay otros lugares, déjelo vacío: también ellos necesitarían una.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/parameters.py"/>
        <source>Image {number}</source>
        <translation>Imagen {number}</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/parameters.py"/>
        <source>Another image of the same bands, where there are several.</source>
        <translation>Otra imagen de las mismas bandas, si hay varias.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/parameters.py"/>
        <source>Polygons that each show one class, in any coordinate system; lines and points with a width.</source>
        <translation>Polígonos que muestran una clase cada uno, en cualquier sistema de coordenadas; líneas y puntos con una anchura.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/parameters.py"/>
        <source>Text or numbers. Class numbers of the map follow the sorted names; one called background comes first.</source>
        <translation>Texto o números. Los números de clase del mapa siguen los nombres ordenados; una llamada background va primero.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/plot.py"/>
        <source>Epoch</source>
        <translation>Época</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/plot.py"/>
        <source>Validation F1</source>
        <translation>F1 de validación</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/plot.py"/>
        <source>Training loss</source>
        <translation>Pérdida de entrenamiento</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/plot.py"/>
        <source>Validation loss</source>
        <translation>Pérdida de validación</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/plot.py"/>
        <source>Best: epoch {epoch}, F1 {f1:.2f}</source>
        <translation>Mejor: época {epoch}, F1 {f1:.2f}</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/presets.py"/>
        <source>&amp;Quick</source>
        <translation>Rá&amp;pido</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/presets.py"/>
        <source>A forest on each pixel's bands, indices and texture. Needs no GPU.</source>
        <translation>Un bosque aleatorio sobre bandas, índices y textura de cada píxel. No necesita GPU.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/presets.py"/>
        <source>Balanced</source>
        <translation>Equilibrado</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/presets.py"/>
        <source>A pre-trained encoder with a light decoder. Good with few polygons.</source>
        <translation>Un codificador preentrenado con un decodificador ligero. Bueno con pocos polígonos.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/presets.py"/>
        <source>Best</source>
        <translation>Óptimo</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/presets.py"/>
        <source>A whole network, which sees shapes too. Wants many polygons, best a GPU.</source>
        <translation>Una red entera, que también ve formas. Pide muchos polígonos y, mejor, una GPU.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/presets.py"/>
        <source>Images of several dates are for Best.</source>
        <translation>Las imágenes de varias fechas son para Óptimo.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/presets.py"/>
        <source>⚠ Needs the encoder {name}: &lt;a href='models'&gt;install it…&lt;/a&gt;</source>
        <translation>⚠ Necesita el codificador {name}: &lt;a href='models'&gt;instalarlo…&lt;/a&gt;</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/presets.py"/>
        <source>about {time}</source>
        <translation>unos {time}</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/presets.py"/>
        <source>up to {time}</source>
        <translation>hasta {time}</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/results.py"/>
        <source>Prec.</source>
        <translation>Prec.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/results.py"/>
        <source>Rec.</source>
        <translation>Exh.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/results.py"/>
        <source>Accuracy of each class</source>
        <translation>Exactitud de cada clase</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/results.py"/>
        <source>Harmonic mean of precision and recall: 1 is perfect</source>
        <translation>Media armónica de precisión y exhaustividad: 1 es perfecto</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/results.py"/>
        <source>Precision: of what is mapped as this class, the share that is right</source>
        <translation>Precisión: de lo cartografiado como esta clase, la parte que es correcta</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/results.py"/>
        <source>Recall: of what is this class, the share that is mapped as such</source>
        <translation>Exhaustividad: de lo que es esta clase, la parte cartografiada como tal</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/results.py"/>
        <source>How many pixels of the class the model was checked on</source>
        <translation>En cuántos píxeles de la clase se comprobó el modelo</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/results.py"/>
        <source>Show the confusion matrix in a window of its own</source>
        <translation>Mostrar la matriz de confusión en una ventana propia</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/results.py"/>
        <source>Map with this model</source>
        <translation>Cartografiar con este modelo</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/results.py"/>
        <source>Maps the image that is chosen in the model's tab, else the one it learned from</source>
        <translation>Cartografía la imagen elegida en la pestaña del modelo o, si no, aquella de la que aprendió</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/results.py"/>
        <source>Model card…</source>
        <translation>Ficha del modelo…</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/results.py"/>
        <source>a model that nobody could check</source>
        <translation>un modelo que nadie pudo comprobar</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/results.py"/>
        <source>right on all pixels that it had not seen</source>
        <translation>acierta en todos los píxeles que no había visto</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/results.py"/>
        <source>right on {share} % of pixels that it had not seen</source>
        <translation>acierta en el {share} % de los píxeles que no había visto</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/results.py"/>
        <source>The model “{name}” is ready: {found}. The layer “Validation errors” shows where it is wrong.</source>
        <translation>El modelo “{name}” está listo: {found}. La capa “Errores de validación” muestra dónde se equivoca.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/results.py"/>
        <source>Not validated: there were too few polygons to keep some apart.</source>
        <translation>Sin validar: había demasiado pocos polígonos para reservar algunos.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/results.py"/>
        <source>Accuracy &lt;b&gt;{share} %&lt;/b&gt;</source>
        <translation>Exactitud &lt;b&gt;{share} %&lt;/b&gt;</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/results.py"/>
        <source>({low} to {high} %, of {count} pixels)</source>
        <translation>({low} a {high} %, de {count} píxeles)</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/results.py"/>
        <source>mean F1 &lt;b&gt;{f1}&lt;/b&gt;</source>
        <translation>F1 medio &lt;b&gt;{f1}&lt;/b&gt;</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/results.py"/>
        <source>The most common class alone would be right in {share} %.</source>
        <translation>La clase más común por sí sola acertaría en el {share} %.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/results.py"/>
        <source>The model of epoch {best} of {epochs} is kept.</source>
        <translation>Se conserva el modelo de la época {best} de {epochs}.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/results.py"/>
        <source>Checked on fewer than {count} pixels, so that F1 and the mean say little: {names}.</source>
        <translation>Comprobado en menos de {count} píxeles, así que F1 y la media dicen poco: {names}.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/train/subject.py"/>
        <source>Classes are dry, and flood and permanent water, or water. With images from before, which Best alone learns from, the model tells flood from permanent water.</source>
        <translation>Las clases son seco, e inundación y agua permanente, o agua. Con imágenes de antes, de las que solo aprende Óptimo, el modelo distingue la inundación del agua permanente.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/translation.py"/>
        <source>dry</source>
        <translation>seco</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/translation.py"/>
        <source>permanent water</source>
        <translation>agua permanente</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/translation.py"/>
        <source>flood</source>
        <translation>inundación</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/translation.py"/>
        <source>water of unknown kind</source>
        <translation>agua de tipo desconocido</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/translation.py"/>
        <source>not observed</source>
        <translation>no observado</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/translation.py"/>
        <source>Dry</source>
        <translation>Seco</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/translation.py"/>
        <source>Water of unknown kind</source>
        <translation>Agua de tipo desconocido</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/translation.py"/>
        <source>Water map</source>
        <translation>Mapa de agua</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/translation.py"/>
        <source>Water polygons</source>
        <translation>Polígonos de agua</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/translation.py"/>
        <source>{length} km</source>
        <translation>{length} km</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/translation.py"/>
        <source>{length} m</source>
        <translation>{length} m</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/widgets/aoi.py"/>
        <source>Whole image</source>
        <translation>Toda la imagen</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/widgets/aoi.py"/>
        <source>Extent of a layer</source>
        <translation>Extensión de una capa</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/widgets/aoi.py"/>
        <source>Map canvas extent</source>
        <translation>Extensión del lienzo del mapa</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/widgets/aoi.py"/>
        <source>Rectangle drawn on the map</source>
        <translation>Rectángulo dibujado en el mapa</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/widgets/aoi.py"/>
        <source>Polygon drawn on the map</source>
        <translation>Polígono dibujado en el mapa</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/widgets/aoi.py"/>
        <source>Selected features</source>
        <translation>Objetos seleccionados</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/widgets/aoi.py"/>
        <source>Area of interest</source>
        <translation>Área de interés</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/widgets/aoi.py"/>
        <source>Layer of the area of interest</source>
        <translation>Capa del área de interés</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/widgets/aoi.py"/>
        <source>Map the whole image again</source>
        <translation>Cartografiar de nuevo toda la imagen</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/widgets/aoi.py"/>
        <source>The project has no coordinate system to draw in; set one (Project &gt; Properties &gt; CRS).</source>
        <translation>El proyecto no tiene sistema de coordenadas en el que dibujar; fije uno (Proyecto &gt; Propiedades &gt; SRC).</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/widgets/aoi.py"/>
        <source>No such layer is loaded; load one, or draw the area.</source>
        <translation>No hay ninguna capa así cargada; cargue una o dibuje el área.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/widgets/aoi.py"/>
        <source>Press Draw, then drag a rectangle on the map.</source>
        <translation>Pulse Dibujar y arrastre un rectángulo en el mapa.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/widgets/aoi.py"/>
        <source>Press Draw, then click the corners of the area on the map.</source>
        <translation>Pulse Dibujar y haga clic en las esquinas del área en el mapa.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/widgets/aoi.py"/>
        <source>Select polygons of this layer on the map; together they are the area.</source>
        <translation>Seleccione polígonos de esta capa en el mapa; juntos son el área.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/widgets/aoi.py"/>
        <source>Choose the area of interest first.</source>
        <translation>Elija primero el área de interés.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/widgets/aoi.py"/>
        <source>“{name}” is empty; choose another layer.</source>
        <translation>“{name}” está vacía; elija otra capa.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/widgets/aoi.py"/>
        <source>Selected outlines that cross themselves were repaired; check the area on the map.</source>
        <translation>Se repararon contornos seleccionados que se cruzan a sí mismos; compruebe el área en el mapa.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/widgets/aoi.py"/>
        <source>Cancel</source>
        <translation>Cancelar</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/widgets/aoi.py"/>
        <source>Update</source>
        <translation>Actualizar</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/widgets/aoi.py"/>
        <source>{count} Mpx</source>
        <translation>{count} Mpx</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/widgets/aoi.py"/>
        <source>{count} pixels</source>
        <translation>{count} píxeles</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/widgets/aoi.py"/>
        <source>Stop drawing</source>
        <translation>Dejar de dibujar</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/widgets/aoi.py"/>
        <source>Take what the map shows now</source>
        <translation>Tomar lo que muestra el mapa ahora</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/widgets/aoi.py"/>
        <source>Draw the area on the map</source>
        <translation>Dibujar el área en el mapa</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/widgets/banner.py"/>
        <source>Options…</source>
        <translation>Opciones…</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/widgets/banner.py"/>
        <source>Other sets, such as for a graphics card, a Python of your own, and the log</source>
        <translation>Otros conjuntos, por ejemplo para una tarjeta gráfica, un Python propio y el registro</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/widgets/banner.py"/>
        <source>Stop</source>
        <translation>Detener</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/widgets/banner.py"/>
        <source>Stop the set-up; what was there before stays in use</source>
        <translation>Detener la preparación; lo que había antes sigue en uso</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/widgets/banner.py"/>
        <source>Set up ({cost})</source>
        <translation>Preparar ({cost})</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/widgets/banner.py"/>
        <source>Making ready</source>
        <translation>Alistando</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/widgets/banner.py"/>
        <source>Setting up, step {number} of {count}: {title} …</source>
        <translation>Preparando, paso {number} de {count}: {title} …</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/widgets/banner.py"/>
        <source>Maps are made by the engine, a Python of its own beside QGIS. It is not set up yet.</source>
        <translation>Los mapas los hace el motor, un Python propio al lado de QGIS. Aún no está preparado.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/widgets/banner.py"/>
        <source>This needs PyTorch and other packages, which are not set up yet. Flood maps work without them.</source>
        <translation>Esto necesita PyTorch y otros paquetes, que aún no están preparados. Los mapas de inundación funcionan sin ellos.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/widgets/copying.py"/>
        <source>Copy</source>
        <translation>Copiar</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/widgets/inputs.py"/>
        <source>Add image files</source>
        <translation>Añadir archivos de imagen</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/widgets/inputs.py"/>
        <source>Add files…</source>
        <translation>Añadir archivos…</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/widgets/inputs.py"/>
        <source>Add a product folder (.SAFE)…</source>
        <translation>Añadir la carpeta de un producto (.SAFE)…</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/widgets/inputs.py"/>
        <source>&amp;Choose none</source>
        <translation>&amp;No elegir ninguna</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/widgets/inputs.py"/>
        <source>Choose images…</source>
        <translation>Elija imágenes…</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/widgets/inputs.py"/>
        <source>Add image files or drop them here</source>
        <translation>Añadir archivos de imagen o soltarlos aquí</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/widgets/inputs.py"/>
        <source>Images (*.tif *.tiff *.zip *.dim *.vrt *.img *.jp2 *.png *.jpg *.jpeg manifest.safe);;All files (*)</source>
        <translation>Imágenes (*.tif *.tiff *.zip *.dim *.vrt *.img *.jp2 *.png *.jpg *.jpeg manifest.safe);;Todos los archivos (*)</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/widgets/inputs.py"/>
        <source>Add images</source>
        <translation>Añadir imágenes</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/widgets/inputs.py"/>
        <source>Add a product folder</source>
        <translation>Añadir la carpeta de un producto</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/widgets/inputs.py"/>
        <source>Remove this date</source>
        <translation>Quitar esta fecha</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/widgets/inputs.py"/>
        <source>Add a date</source>
        <translation>Añadir una fecha</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/widgets/layer_or_file.py"/>
        <source>None</source>
        <translation>Ninguno</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/widgets/layer_or_file.py"/>
        <source>Choose a file</source>
        <translation>Elegir un archivo</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/widgets/layer_or_file.py"/>
        <source>Rasters (*.tif *.tiff *.vrt *.img *.nc);;All files (*)</source>
        <translation>Rásteres (*.tif *.tiff *.vrt *.img *.nc);;Todos los archivos (*)</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/widgets/layer_or_file.py"/>
        <source>Rasters and polygons (*.tif *.tiff *.vrt *.img *.nc *.gpkg *.shp *.geojson);;All files (*)</source>
        <translation>Rásteres y polígonos (*.tif *.tiff *.vrt *.img *.nc *.gpkg *.shp *.geojson);;Todos los archivos (*)</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/widgets/maptools.py"/>
        <source>Drag a rectangle on the map, or click two corners. Esc cancels.</source>
        <translation>Arrastre un rectángulo en el mapa o haga clic en dos esquinas. Esc cancela.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/widgets/maptools.py"/>
        <source>Click the opposite corner. Esc cancels.</source>
        <translation>Haga clic en la esquina opuesta. Esc cancela.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/widgets/maptools.py"/>
        <source>Click the first corner on the map. Esc cancels.</source>
        <translation>Haga clic en la primera esquina en el mapa. Esc cancela.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/widgets/maptools.py"/>
        <source>Click the next corner. Backspace takes the last one back, Esc cancels.</source>
        <translation>Haga clic en la esquina siguiente. Retroceso quita la última, Esc cancela.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/widgets/maptools.py"/>
        <source>Click further corners; a right click, a double click or Enter finishes.</source>
        <translation>Haga clic en más esquinas; clic derecho, doble clic o Intro terminan.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/widgets/maptools.py"/>
        <source>Click the place on the map. Esc cancels.</source>
        <translation>Haga clic en el lugar en el mapa. Esc cancela.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/widgets/options.py"/>
        <source>Back to the defaults</source>
        <translation>Volver a los valores por defecto</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/widgets/options.py"/>
        <source>These are the options of the last run; all of them go back to their defaults</source>
        <translation>Estas son las opciones de la última ejecución; todas vuelven a sus valores por defecto</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/widgets/outcome.py"/>
        <source>“{name}” is on the map: {found}.</source>
        <translation>“{name}” está en el mapa: {found}.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/widgets/parts.py"/>
        <source>As the files say</source>
        <translation>Como digan los archivos</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/widgets/parts.py"/>
        <source>Names of the bands in the order of the file, such as: blue, green, red, nir. “skip” leaves one out.</source>
        <translation>Nombres de las bandas en el orden del archivo, por ejemplo: blue, green, red, nir. “skip” excluye una.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/widgets/plots.py"/>
        <source>Charts need pyqtgraph: press “Set up” in Settings &gt; Options &gt; GeoFM.</source>
        <translation>Los gráficos necesitan pyqtgraph: pulse “Preparar” en Configuración &gt; Opciones &gt; GeoFM.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/widgets/plots.py"/>
        <source>Backscatter (dB)</source>
        <translation>Retrodispersión (dB)</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/widgets/plots.py"/>
        <source>Pixels (%)</source>
        <translation>Píxeles (%)</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/widgets/plots.py"/>
        <source>Histogram of backscatter, with thresholds</source>
        <translation>Histograma de retrodispersión, con umbrales</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/widgets/plots.py"/>
        <source>{band}: water below {level:.1f} dB</source>
        <translation>{band}: agua por debajo de {level:.1f} dB</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/widgets/run_bar.py"/>
        <source>Queue one more, with what is chosen above; it runs after this one</source>
        <translation>Poner uno más en la cola, con lo elegido arriba; se ejecuta después de este</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/widgets/run_bar.py"/>
        <source>Queue one more</source>
        <translation>Poner uno más en la cola</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/widgets/run_bar.py"/>
        <source>Keeping the best…</source>
        <translation>Guardando lo mejor…</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/widgets/run_bar.py"/>
        <source>{count} more waiting</source>
        <translation>{count} más en espera</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/widgets/run_bar.py"/>
        <source>{state}…</source>
        <translation>{state}…</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/widgets/run_bar.py"/>
        <source>{done} of {total} {unit}</source>
        <translation>{done} de {total} {unit}</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/widgets/run_bar.py"/>
        <source>{rate:.1f} {unit}/s</source>
        <translation>{rate:.1f} {unit}/s</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/widgets/saving.py"/>
        <source>Save as</source>
        <translation>Guardar como</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/widgets/saving.py"/>
        <source>Each run gets a folder of its own in here. Default: beside the project.</source>
        <translation>Cada ejecución tiene aquí una carpeta propia. Por defecto: junto al proyecto.</translation>
    </message>
    <message>
        <location filename="../geofm_qgis/widgets/work.py"/>
        <source>Result</source>
        <translation>Resultado</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>benchmark on Kuro Siwo</source>
        <translation>prueba comparativa con Kuro Siwo</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>look over a data set</source>
        <translation>revisión de un conjunto de datos</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>encoder training</source>
        <translation>entrenamiento de un codificador</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>accuracy of a flood map</source>
        <translation>exactitud de un mapa de inundación</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Values to leave out</source>
        <translation>Valores que se excluyen</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Of the truth: pixels that have them count for nothing.</source>
        <translation>De la verdad: los píxeles que los tienen no cuentan.</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Scores</source>
        <translation>Puntuaciones</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>All scores, with the confusion matrix of a map.</source>
        <translation>Todas las puntuaciones, con la matriz de confusión de un mapa.</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>accuracy of a class map</source>
        <translation>exactitud de un mapa de clases</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>accuracy of an encoder</source>
        <translation>exactitud de un codificador</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>recall of an encoder</source>
        <translation>recuperación de un codificador</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>flood map</source>
        <translation>mapa de inundación</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Pixel values</source>
        <translation>Valores de los píxeles</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>What the pixel values are. Choose it only if the files are recognised wrongly.</source>
        <translation>Qué son los valores de los píxeles. Elíjalo solo si los archivos se reconocen mal.</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Decibel (dB)</source>
        <translation>Decibelios (dB)</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Linear power</source>
        <translation>Potencia lineal</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Amplitude</source>
        <translation>Amplitud</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>8-bit picture</source>
        <translation>Imagen de 8 bits</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>In the order of the files. Give them only if they are recognised wrongly.</source>
        <translation>En el orden de los archivos. Délas solo si se reconocen mal.</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>VV</source>
        <translation>VV</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>VH</source>
        <translation>VH</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Left out</source>
        <translation>Excluida</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Calibration</source>
        <translation>Calibración</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>To which plane backscatter refers. Choose it only if the files are recognised wrongly.</source>
        <translation>A qué plano se refiere la retrodispersión. Elíjalo solo si los archivos se reconocen mal.</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Sigma nought</source>
        <translation>Sigma cero</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Gamma nought</source>
        <translation>Gamma cero</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Speckle filter</source>
        <translation>Filtro de moteado</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Speckle is the grain of radar images. The median keeps edges sharp.</source>
        <translation>El moteado (speckle) es el grano de las imágenes de radar. La mediana mantiene los bordes nítidos.</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Median</source>
        <translation>Mediana</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Lee</source>
        <translation>Lee</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Refined Lee</source>
        <translation>Lee refinado</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>None: the images are filtered already</source>
        <translation>Ninguno: las imágenes ya están filtradas</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Window of the filter</source>
        <translation>Ventana del filtro</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Side in pixels, of Median and Lee; Refined Lee has its own.</source>
        <translation>Lado en píxeles, de Mediana y Lee; Lee refinado tiene la suya.</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>3 × 3 pixels</source>
        <translation>3 × 3 píxeles</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>5 × 5 pixels</source>
        <translation>5 × 5 píxeles</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Threshold</source>
        <translation>Umbral</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>How water is cut from land in the histogram. The brighter of both loses least of the edges of water.</source>
        <translation>Cómo se separa el agua de la tierra en el histograma. El más claro de los dos pierde menos bordes de agua.</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Otsu</source>
        <translation>Otsu</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Kittler and Illingworth</source>
        <translation>Kittler e Illingworth</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>The brighter of both</source>
        <translation>El más claro de los dos</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>VV threshold</source>
        <translation>Umbral de VV</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Chosen by hand: what is darker after the flood may be water. Patches must still be dark enough in the mean, and large enough, to stand.</source>
        <translation>Elegido a mano: lo que es más oscuro después de la inundación puede ser agua. Las manchas aún deben ser bastante oscuras en promedio, y bastante grandes, para quedar.</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Found in the image</source>
        <translation>Hallado en la imagen</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>VH threshold</source>
        <translation>Umbral de VH</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Smallest area</source>
        <translation>Área mínima</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Water bodies, and islands in water, that are smaller are left out.</source>
        <translation>Las masas de agua, y las islas en el agua, que son menores se excluyen.</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Steepest slope</source>
        <translation>Pendiente máxima</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Steeper ground is never water. Used where an elevation model is given.</source>
        <translation>El terreno más empinado nunca es agua. Se usa si se da un modelo de elevación.</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Highest above river</source>
        <translation>Altura máxima sobre el río</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Higher ground is never water. Used where heights above the river are given.</source>
        <translation>El terreno más alto nunca es agua. Se usa si se dan alturas sobre el río.</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Permanent water from</source>
        <translation>Agua permanente desde</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Of a raster of permanent water that is no mask of 0 and 1: the least value that stands for water, such as 75 of the JRC's occurrence in per cent.</source>
        <translation>De un ráster de agua permanente que no es una máscara de 0 y 1: el menor valor que significa agua, como 75 de la ocurrencia del JRC en por ciento.</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Only 1</source>
        <translation>Solo 1</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Permanent water up to</source>
        <translation>Agua permanente hasta</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>The highest value that stands for water, such as 80 of WorldCover from 80 on.</source>
        <translation>El mayor valor que significa agua, como 80 de WorldCover a partir de 80.</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>No limit</source>
        <translation>Sin límite</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Smooth outlines of polygons</source>
        <translation>Suavizar los contornos de los polígonos</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Polygons without the steps of pixels: corners are cut, alike on both sides of a border, and areas stay within 1 %. Maps of pixels stay as they are.</source>
        <translation>Polígonos sin los escalones de los píxeles: las esquinas se recortan, igual a ambos lados de un borde, y las áreas varían menos del 1 %. Los mapas de píxeles se quedan como están.</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Flood network</source>
        <translation>Red de inundación</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>The name or folder of a trained network that finds the water, such as geofm-flood-pair. Without one, thresholds do; speckle filter and threshold are theirs.</source>
        <translation>El nombre o la carpeta de una red entrenada que encuentra el agua, como geofm-flood-pair. Sin ella lo hacen los umbrales; el filtro de moteado y el umbral son de ellos.</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>None: thresholds</source>
        <translation>Ninguna: umbrales</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>A second method: “thresholds”, or the name or folder of a flood network. A further layer shows where both maps have the flood, one, or the other.</source>
        <translation>Un segundo método: “thresholds”, o el nombre o la carpeta de una red de inundación. Otra capa muestra dónde tienen la inundación ambos mapas, uno o el otro.</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Names the layers' group. Default: the name of the first image.</source>
        <translation>Da nombre al grupo de capas. Por defecto: el nombre de la primera imagen.</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>A GeoTIFF: 0 dry, 1 permanent water, 2 flood, 3 water of unknown kind, 255 not observed.</source>
        <translation>Un GeoTIFF: 0 seco, 1 agua permanente, 2 inundación, 3 agua de tipo desconocido, 255 no observado.</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Flood polygons</source>
        <translation>Polígonos de inundación</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>A GeoPackage: each polygon with its class, its area in km² and hectares, day, image and method.</source>
        <translation>Un GeoPackage: cada polígono con su clase, su área en km² y hectáreas, día, imagen y método.</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Confidence (%)</source>
        <translation>Confianza (%)</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>How clearly each pixel is what the map says, in per cent. Only a network's is a calibrated probability.</source>
        <translation>Con qué claridad es cada píxel lo que dice el mapa, en por ciento. Solo la de una red es una probabilidad calibrada.</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Also a map of confidence</source>
        <translation>También un mapa de confianza</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Flood report</source>
        <translation>Informe de la inundación</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Areas, thresholds, histograms, dates, parameters and warnings.</source>
        <translation>Áreas, umbrales, histogramas, fechas, parámetros y avisos.</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Agreement</source>
        <translation>Coincidencia</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>A GeoTIFF of two methods: 0 no flood, 1 by both, 2 by the first alone, 3 by the second alone, 255 not observed.</source>
        <translation>Un GeoTIFF de dos métodos: 0 sin inundación, 1 según ambos, 2 solo según el primero, 3 solo según el segundo, 255 no observado.</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Also where two methods agree</source>
        <translation>También dónde coinciden dos métodos</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Map picture</source>
        <translation>Imagen del mapa</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>A picture of the map.</source>
        <translation>Una imagen del mapa.</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Also a picture of the map</source>
        <translation>También una imagen del mapa</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>training</source>
        <translation>entrenamiento</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Quick needs no GPU and some seconds. Best wants many polygons and a GPU.</source>
        <translation>Rápido no necesita GPU y tarda segundos. Óptimo pide muchos polígonos y una GPU.</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Quick: a forest on bands, indices and texture</source>
        <translation>Rápido: un bosque aleatorio sobre bandas, índices y textura</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Balanced: a pre-trained encoder with a light decoder</source>
        <translation>Equilibrado: un codificador preentrenado con un decodificador ligero</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Best: a whole network</source>
        <translation>Óptimo: una red entera</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>An installed encoder for Balanced and Best; for Best also a timm encoder, or a flood model to learn on from. Default: the preset's own.</source>
        <translation>Un codificador instalado para Equilibrado y Óptimo; para Óptimo también un codificador de timm, o un modelo de inundación desde el que seguir aprendiendo. Por defecto: el propio del modo.</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>As the preset says</source>
        <translation>Como diga el modo</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>U-Net</source>
        <translation>U-Net</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>DeepLabV3+</source>
        <translation>DeepLabV3+</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>UPerNet</source>
        <translation>UPerNet</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>FPN</source>
        <translation>FPN</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>SegFormer</source>
        <translation>SegFormer</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>FC-Siam-conc</source>
        <translation>FC-Siam-conc</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>FC-Siam-diff</source>
        <translation>FC-Siam-diff</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>SNUNet-ECAM</source>
        <translation>SNUNet-ECAM</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>BIT</source>
        <translation>BIT</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>BIT without its transformer</source>
        <translation>BIT sin su transformer</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>ChangeFormer</source>
        <translation>ChangeFormer</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>ConvLSTM</source>
        <translation>ConvLSTM</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>FloodViT</source>
        <translation>FloodViT</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>FloodViT with a linear head</source>
        <translation>FloodViT con una cabeza lineal</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>FloodViT with a head of two layers</source>
        <translation>FloodViT con una cabeza de dos capas</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Narrow U-Net</source>
        <translation>U-Net estrecha</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>In the order of the file, divided by commas, where the files name none, or wrong ones; “skip” leaves one out.</source>
        <translation>En el orden del archivo, separados por comas, si los archivos no los nombran o los nombran mal; “skip” excluye una.</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Widen lines and points</source>
        <translation>Ensanchar líneas y puntos</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Half width of what lines become, and radius of what points become.</source>
        <translation>Media anchura de aquello en que se convierten las líneas, y radio de aquello en que se convierten los puntos.</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Epochs</source>
        <translation>Épocas</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>At most so many passes, of Balanced and Best; it ends sooner where nothing gets better any more.</source>
        <translation>Como máximo tantas pasadas, de Equilibrado y Óptimo; termina antes si ya nada mejora.</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Seed</source>
        <translation>Semilla</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>The same number gives the same result again, on the same computer.</source>
        <translation>El mismo número vuelve a dar el mismo resultado, en el mismo equipo.</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>For people. Default: the name of the label layer.</source>
        <translation>Para las personas. Por defecto: el nombre de la capa de etiquetas.</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>The folder that becomes the model. Default: among GeoFM's models.</source>
        <translation>La carpeta que será el modelo. Por defecto: entre los modelos de GeoFM.</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Validation errors</source>
        <translation>Errores de validación</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>A GeoPackage: where the model was wrong on polygons that it had not seen, and what it took them for.</source>
        <translation>Un GeoPackage: dónde se equivocó el modelo en polígonos que no había visto, y por qué los tomó.</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Training report</source>
        <translation>Informe del entrenamiento</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Classes, confusion matrix, accuracy, parameters and warnings.</source>
        <translation>Clases, matriz de confusión, exactitud, parámetros y avisos.</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>land cover map</source>
        <translation>mapa de cobertura del suelo</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Average over turned and mirrored images</source>
        <translation>Promediar imágenes giradas y reflejadas</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>A little better, and about eight times slower.</source>
        <translation>Algo mejor, y unas ocho veces más lento.</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Minimum mapping unit</source>
        <translation>Unidad mínima cartografiable</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Patches that are smaller take the class around them.</source>
        <translation>Las manchas menores toman la clase que las rodea.</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Names the layers' group. Default: the name of the first file.</source>
        <translation>Da nombre al grupo de capas. Por defecto: el nombre del primer archivo.</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>A GeoTIFF with the classes' numbers, names and colours; 255 not observed.</source>
        <translation>Un GeoTIFF con los números, nombres y colores de las clases; 255 no observado.</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Land cover polygons</source>
        <translation>Polígonos de cobertura del suelo</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Each patch with its class and area, as a GeoPackage. Large without a minimum mapping unit.</source>
        <translation>Cada mancha con su clase y su área, como GeoPackage. Grande sin una unidad mínima cartografiable.</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Also polygons</source>
        <translation>También polígonos</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>A raster: how likely each pixel's class is to the model, in per cent.</source>
        <translation>Un ráster: lo probable que es para el modelo la clase de cada píxel, en por ciento.</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Class probabilities (%)</source>
        <translation>Probabilidades de las clases (%)</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>A raster with one band for each class, in per cent.</source>
        <translation>Un ráster con una banda por clase, en por ciento.</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Also the probabilities of all classes</source>
        <translation>También las probabilidades de todas las clases</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Land cover report</source>
        <translation>Informe de cobertura del suelo</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Areas, classes, the model's card, parameters and warnings.</source>
        <translation>Áreas, clases, la ficha del modelo, parámetros y avisos.</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>look at images</source>
        <translation>mirar imágenes</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>installing the model</source>
        <translation>instalación del modelo</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>importing a model</source>
        <translation>importación de un modelo</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>On the shelf. Default: the card's, or the file's.</source>
        <translation>Con el que se guarda. Por defecto: el de la ficha o el del archivo.</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>exporting the model</source>
        <translation>exportación del modelo</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Model (ONNX)</source>
        <translation>Modelo (ONNX)</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>An ONNX file; its card lies beside it.</source>
        <translation>Un archivo ONNX; su ficha queda al lado.</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>pre-training</source>
        <translation>preentrenamiento</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>sample scenes</source>
        <translation>escenas de muestra</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>index for search</source>
        <translation>índice para buscar</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Action</source>
        <translation>Acción</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Refreshing reads images again that have changed.</source>
        <translation>Actualizar vuelve a leer las imágenes que han cambiado.</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Build a new index</source>
        <translation>Crear un índice nuevo</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Add to an index</source>
        <translation>Añadir a un índice</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Look for changed images in an index</source>
        <translation>Buscar imágenes cambiadas en un índice</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Take images out of an index</source>
        <translation>Quitar imágenes de un índice</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Windows</source>
        <translation>Ventanas</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Sides on the ground, such as: 64, 128. Default: by model and image.</source>
        <translation>Lados sobre el terreno, por ejemplo: 64, 128. Por defecto: según el modelo y la imagen.</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Overlap of windows</source>
        <translation>Solape de las ventanas</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>As a share of their side; for a new index.</source>
        <translation>Como parte de su lado; para un índice nuevo.</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>The list of indexes shows it. Default: the name of the folder.</source>
        <translation>La lista de índices lo muestra. Por defecto: el nombre de la carpeta.</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Also keep the vectors in a table of LanceDB</source>
        <translation>Guardar los vectores también en una tabla de LanceDB</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>For an index larger than memory: queries then find their way by it.</source>
        <translation>Para un índice mayor que la memoria: las búsquedas se orientan entonces con ella.</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>A new or empty folder; to add, refresh or remove the folder of an index.</source>
        <translation>Una carpeta nueva o vacía; para añadir, actualizar o quitar, la carpeta de un índice.</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>opening of an index</source>
        <translation>apertura de un índice</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>search</source>
        <translation>búsqueda</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Weight of phrases</source>
        <translation>Peso de las frases</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>How much phrases count.</source>
        <translation>Cuánto cuentan las frases.</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Weight of phrases for what is not wanted</source>
        <translation>Peso de las frases de lo que no se quiere</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>How much phrases for what is not wanted count.</source>
        <translation>Cuánto cuentan las frases de lo que no se quiere.</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Weight of example images</source>
        <translation>Peso de las imágenes de ejemplo</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>How much example images count.</source>
        <translation>Cuánto cuentan las imágenes de ejemplo.</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Weight of places on the ground</source>
        <translation>Peso de los lugares sobre el terreno</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>How much places on the ground count.</source>
        <translation>Cuánto cuentan los lugares sobre el terreno.</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Most hits</source>
        <translation>Máximo de resultados</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Lowest score</source>
        <translation>Puntuación mínima</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Places that fit less are left out.</source>
        <translation>Los lugares que encajan menos se excluyen.</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Name of the search</source>
        <translation>Nombre de la búsqueda</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Names the layers' group. Default: the words.</source>
        <translation>Da nombre al grupo de capas. Por defecto: las palabras.</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>A GeoPackage: each place with rank, score, image and date.</source>
        <translation>Un GeoPackage: cada lugar con puesto, puntuación, imagen y fecha.</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>A GeoTIFF with one band; no data where nothing was indexed.</source>
        <translation>Un GeoTIFF con una banda; sin datos donde no se indexó nada.</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Table of hits</source>
        <translation>Tabla de resultados</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>The hits, and how often each score occurs.</source>
        <translation>Los resultados, y cuántas veces aparece cada puntuación.</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Thumbnails</source>
        <translation>Miniaturas</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>A folder with a small picture of each hit.</source>
        <translation>Una carpeta con una imagen pequeña de cada resultado.</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>map of scores</source>
        <translation>mapa de puntuación</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>view of water</source>
        <translation>vista del agua</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>hectares</source>
        <translation>hectáreas</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>metres</source>
        <translation>metros</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>degrees</source>
        <translation>grados</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>patches</source>
        <translation>recortes</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>images</source>
        <translation>imágenes</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>rows</source>
        <translation>filas</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>Mpx</source>
        <translation>Mpx</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>tiles</source>
        <translation>teselas</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>trees</source>
        <translation>árboles</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>epochs</source>
        <translation>épocas</translation>
    </message>
    <message>
        <location filename="../engine"/>
        <source>MB</source>
        <translation>MB</translation>
    </message>
    <message>
        <location filename="../resources/styles/agreement.qml"/>
        <source>Both methods</source>
        <translation>Ambos métodos</translation>
    </message>
    <message>
        <location filename="../resources/styles/agreement.qml"/>
        <source>One method alone</source>
        <translation>Solo un método</translation>
    </message>
    <message>
        <location filename="../resources/styles/agreement.qml"/>
        <source>The other method alone</source>
        <translation>Solo el otro método</translation>
    </message>
    <message>
        <location filename="../resources/styles/errors.qml"/>
        <source>Number of the true class</source>
        <translation>Número de la clase verdadera</translation>
    </message>
    <message>
        <location filename="../resources/styles/errors.qml"/>
        <source>The polygons say</source>
        <translation>Según los polígonos</translation>
    </message>
    <message>
        <location filename="../resources/styles/errors.qml"/>
        <source>Number of the mapped class</source>
        <translation>Número de la clase cartografiada</translation>
    </message>
    <message>
        <location filename="../resources/styles/errors.qml"/>
        <source>Area (ha)</source>
        <translation>Área (ha)</translation>
    </message>
    <message>
        <location filename="../resources/styles/flood_polygons.qml"/>
        <source>Class number</source>
        <translation>Número de clase</translation>
    </message>
    <message>
        <location filename="../resources/styles/flood_polygons.qml"/>
        <source>Area (km²)</source>
        <translation>Área (km²)</translation>
    </message>
    <message>
        <location filename="../resources/styles/flood_polygons.qml"/>
        <source>Day of the image</source>
        <translation>Día de la imagen</translation>
    </message>
    <message>
        <location filename="../resources/styles/hits.qml"/>
        <source>Rank</source>
        <translation>Puesto</translation>
    </message>
    <message>
        <location filename="../resources/styles/hits.qml"/>
        <source>Similarity</source>
        <translation>Similitud</translation>
    </message>
    <message>
        <location filename="../resources/styles/hits.qml"/>
        <source>Date</source>
        <translation>Fecha</translation>
    </message>
    <message>
        <location filename="../resources/styles/hits.qml"/>
        <source>Window (m)</source>
        <translation>Ventana (m)</translation>
    </message>
    <message>
        <location filename="../resources/styles/hits.qml"/>
        <source>Number in the index</source>
        <translation>Número en el índice</translation>
    </message>
    <message>
        <location filename="../resources/styles/hits.qml"/>
        <source>Longitude</source>
        <translation>Longitud</translation>
    </message>
    <message>
        <location filename="../resources/styles/hits.qml"/>
        <source>Latitude</source>
        <translation>Latitud</translation>
    </message>
    <message>
        <location filename="../resources/styles/hits.qml"/>
        <source>Since indexing</source>
        <translation>Desde que se indexó</translation>
    </message>
    <message>
        <location filename="../resources/styles/hits.qml"/>
        <source>Mark</source>
        <translation>Marca</translation>
    </message>
</context>
</TS>
